// A daemon's market, agreements, activities, payments and bus, without HTTP and without providers of its own.
import type { Clock } from '../../provider/clock.ts';
import { newHex } from '../../provider/ids.ts';
import { Activities, type Workers } from './activities.ts';
import { Agreements, type Signers } from './agreements.ts';
import { Allocations } from './allocations.ts';
import { DebitNotes } from './debit-notes.ts';
import { EventDates } from './feed.ts';
import { GsbServices } from './gsb.ts';
import { Invoices } from './invoices.ts';
import { Market, type Seller } from './market.ts';

/** The providers as the daemon sees them. */
export interface ProviderSide extends Signers, Workers {
  readonly sellers: readonly Seller[];
}

export interface DaemonSettings {
  readonly clock: Clock;
  readonly providers: ProviderSide;
  /** Payment platforms that allocations can be made for. */
  readonly platforms: readonly string[];
  readonly sessionTimeoutMs: number;
}

/** Wires the services together. Each call of the API gets the ones it needs. */
export class Daemon {
  /** The requestor's node id, which is also its wallet's address. */
  readonly requestorId = `0x${newHex(20)}`;
  readonly clock: Clock;
  readonly market: Market;
  readonly agreements: Agreements;
  readonly activities: Activities;
  readonly allocations: Allocations;
  readonly invoices: Invoices;
  readonly debitNotes: DebitNotes;
  readonly gsb: GsbServices;

  constructor({ clock, providers, platforms, sessionTimeoutMs }: DaemonSettings) {
    const dates = new EventDates(clock);
    this.clock = clock;
    this.market = new Market(clock, dates, providers.sellers, this.requestorId);
    this.agreements = new Agreements({ clock, dates, market: this.market, sessionTimeoutMs, providers });
    this.activities = new Activities(this.agreements, providers);
    this.allocations = new Allocations(clock, this.requestorId, platforms);
    this.invoices = new Invoices(dates, this.allocations);
    this.debitNotes = new DebitNotes(dates, this.allocations);
    this.gsb = new GsbServices(clock);
  }

  close(): void {
    this.market.close();
    this.agreements.close();
    this.gsb.close();
  }
}
