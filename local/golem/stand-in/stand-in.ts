import { join } from 'node:path';
import type { Faults } from '../faults/faults.ts';
import { OutgoingFiles } from '../faults/outgoing.ts';
import { FaultyRuntime } from '../faults/runtime.ts';
import type { LogEvent, ProviderSettings } from '../options.ts';
import { type Clock, EventDates } from '../provider/clock.ts';
import { newNodeId } from '../provider/ids.ts';
import type { Images } from '../provider/images.ts';
import { ProcessGroups } from '../provider/process-groups.ts';
import { Provider, type Silence } from '../provider/provider.ts';
import { LocalRuntime, type Runtime } from '../provider/runtime.ts';
import { type Report, report } from '../report/report.ts';
import { Activities, type Activity } from './daemon/activities.ts';
import { type Agreement, Agreements, type Ending } from './daemon/agreements.ts';
import { Allocations } from './daemon/allocations.ts';
import { DebitNotes } from './daemon/debit-notes.ts';
import { GsbServices } from './daemon/gsb.ts';
import { Invoices } from './daemon/invoices.ts';
import { Market } from './daemon/market.ts';

export interface StandInSettings {
  readonly providers: readonly ProviderSettings[];
  readonly networks: readonly string[];
  readonly desertedAfterSec: number;
  readonly images: Images;
  readonly faults: Faults;
  /** Absolute path of an existing directory that the stand-in owns and removes. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: (event: LogEvent) => void;
}

/** Messages that a real provider keeps under way in a download. */
const MESSAGES_IN_FLIGHT = 8;

/** A daemon with its providers: joins market, agreements, activities and payments, which do not know each other's whole. */
export class StandIn {
  readonly requestorId = newNodeId();
  readonly clock: Clock;
  readonly log: (event: LogEvent) => void;
  readonly providers: readonly Provider[];
  readonly market: Market;
  readonly agreements: Agreements;
  readonly activities: Activities;
  readonly allocations: Allocations;
  readonly invoices: Invoices;
  readonly debitNotes: DebitNotes;
  readonly gsb: GsbServices;
  readonly groups: ProcessGroups;
  readonly faults: Faults;
  readonly #images: Images;
  readonly #directory: string;
  readonly #outgoing: OutgoingFiles;

  constructor({ providers, networks, images, directory, desertedAfterSec, faults, clock, log }: StandInSettings) {
    const dates = new EventDates(clock);
    this.clock = clock;
    this.faults = faults;
    this.#images = images;
    this.#directory = directory;
    this.#outgoing = new OutgoingFiles(faults);
    this.log = log;
    this.providers = providers.map((settings) => new Provider(settings, networks, faults));
    this.market = new Market(clock, dates, this.providers, this.requestorId, faults);
    this.agreements = new Agreements(clock, dates, desertedAfterSec * 1000, faults, (agreement) =>
      this.#settle(agreement),
    );
    this.allocations = new Allocations(clock, this.requestorId, this.providers[0]?.platforms ?? []);
    this.invoices = new Invoices(clock, dates, this.allocations);
    this.debitNotes = new DebitNotes(clock, dates, this.allocations, (agreement) => this.#dropDebtor(agreement));
    this.gsb = new GsbServices(clock);
    this.groups = new ProcessGroups(directory);
    this.activities = new Activities(clock, (agreement, id) => this.#runtime(agreement, id));
  }

  createActivity(agreementId: string): string {
    const activity = this.activities.create(this.agreements.get(agreementId));
    this.agreements.becameBusy(activity.agreement);
    this.debitNotes.watch(activity);
    this.log({ event: 'activity created', activity: activity.id, provider: activity.agreement.provider.name });
    return activity.id;
  }

  async destroyActivity(id: string): Promise<void> {
    const activity = this.activities.get(id);
    this.debitNotes.unwatch(activity);
    await activity.terminate();
    const others = this.activities.of(activity.agreement).filter(({ state }) => state !== 'Terminated');
    if (others.length === 0) this.agreements.becameIdle(activity.agreement);
  }

  async terminateAgreement(id: string, ending: Ending): Promise<void> {
    await this.agreements.terminate(id, ending);
    this.log({ event: 'agreement terminated', agreement: id, ...ending });
  }

  report(): Report {
    return report(this);
  }

  /** Ends everything that runs; nothing is billed any more. */
  async close(): Promise<void> {
    this.market.close();
    this.agreements.close();
    this.gsb.close();
    for (const activity of this.activities.open()) this.debitNotes.unwatch(activity);
    await Promise.all(this.activities.open().map((activity) => activity.terminate()));
    await this.groups.close();
  }

  /** After an agreement: its activities end, then the bill, then the provider looks for new work. */
  async #settle(agreement: Agreement): Promise<void> {
    const activities = this.activities.of(agreement);
    for (const activity of activities) this.debitNotes.unwatch(activity);
    await Promise.all(activities.map((activity) => activity.terminate()));
    this.#bill(agreement, activities);
    agreement.provider.release(agreement.id);
    this.market.offerAgain(agreement.provider);
  }

  #bill(agreement: Agreement, activities: readonly Activity[]): void {
    const { id, provider } = agreement;
    const issue = () => {
      const { amount } = this.invoices.issue(agreement, activities);
      this.log({ event: 'invoice sent', agreement: id, provider: provider.name, amount });
    };
    const late = this.faults.strikes('late-invoice', provider.name);
    const never = provider.silence !== null || this.faults.strikes('no-invoice', provider.name);
    if (late || never) this.invoices.withhold(id);
    if (never) return;
    if (late) this.clock.after(late.seconds * 1000, issue);
    else issue();
  }

  #runtime(agreement: Agreement, id: string): Runtime {
    const { provider } = agreement;
    const local = new LocalRuntime({
      directory: join(this.#directory, provider.name, id),
      image: this.#images.programs(agreement.draft.demand.properties),
      groups: this.groups,
      gsb: this.gsb,
      beforeSending: (path) => this.#outgoing.pass(provider, path),
      inFlight: () => (this.faults.strikes('parallel-download', provider.name) ? MESSAGES_IN_FLIGHT : 1),
    });
    return new FaultyRuntime(local, {
      faults: this.faults,
      provider,
      clock: this.clock,
      fallSilent: (how) => this.#fallSilent(agreement, how),
      leave: () =>
        void this.terminateAgreement(agreement.id, {
          by: 'Provider',
          message: 'Shutting down Provider',
          code: 'Shutdown',
        }),
    });
  }

  /** A provider that nobody hears sends no debit notes either. */
  #fallSilent(agreement: Agreement, how: Silence): void {
    agreement.provider.silence = how;
    for (const activity of this.activities.of(agreement)) this.debitNotes.unwatch(activity);
    this.log({ event: 'provider silent', provider: agreement.provider.name, how });
  }

  #dropDebtor(agreement: Agreement): void {
    if (agreement.state !== 'Approved') return;
    const message = 'Requestor did not accept a debit note in time';
    void this.terminateAgreement(agreement.id, { by: 'Provider', message, code: 'DebitNotesDeadline' });
  }
}
