import type { Faults } from '../../faults/faults.ts';
import { Bell, type Poll, poll } from '../../provider/bell.ts';
import type { Clock, EventDates } from '../../provider/clock.ts';
import { newHex } from '../../provider/ids.ts';
import type { Provider } from '../../provider/provider.ts';
import { ApiError } from './errors.ts';
import { Feed, type FeedQuery } from './feed.ts';
import type { Draft } from './market.ts';
import { Presence } from './sessions.ts';

export type AgreementState = 'Proposal' | 'Pending' | 'Approved' | 'Rejected' | 'Cancelled' | 'Terminated';

export interface Agreement {
  readonly id: string;
  readonly draft: Draft;
  readonly provider: Provider;
  readonly timestamp: string;
  /** ISO date at which it ends by itself. */
  readonly validTo: string;
  readonly bell: Bell;
  state: AgreementState;
  approvedDate: string | null;
  /** The SDK instance that confirmed it: only its feeds show what happens to the agreement. */
  appSessionId: string | null;
}

/** Why an agreement ends; the code is what real providers send beside the words. */
export interface Ending {
  readonly by: 'Requestor' | 'Provider';
  readonly message: string;
  readonly code?: string;
}

export interface AgreementEvent {
  readonly eventType:
    | 'AgreementApprovedEvent'
    | 'AgreementRejectedEvent'
    | 'AgreementCancelledEvent'
    | 'AgreementTerminatedEvent';
  readonly agreementId: string;
  readonly terminator?: Ending['by'];
  readonly signature?: string;
  readonly reason?: Readonly<Record<string, string>>;
}

/** What the rest does when an agreement ends: stop its activities, send the invoice, look for new work. */
export type EndOfAgreement = (agreement: Agreement) => Promise<void>;

/** Providers drop an agreement that has had no activity for so long. */
const IDLE_LIMIT_MS = 90_000;

/** Agreements from the signing of a draft to their end. They stay readable for the life of the stand-in. */
export class Agreements {
  readonly #feed: Feed<AgreementEvent>;
  readonly #presence: Presence;
  readonly #clock: Clock;
  readonly #dates: EventDates;
  readonly #ended: EndOfAgreement;
  readonly #faults: Faults;
  readonly #agreements = new Map<string, Agreement>();
  readonly #timers = new Map<string, { expiry: () => void; idle: () => void }>();

  /** A requestor whose feed nobody reads for `desertedAfterMs` is taken for dead, and its agreements end. */
  constructor(clock: Clock, dates: EventDates, desertedAfterMs: number, faults: Faults, ended: EndOfAgreement) {
    this.#clock = clock;
    this.#dates = dates;
    this.#ended = ended;
    this.#faults = faults;
    this.#feed = new Feed(dates);
    this.#presence = new Presence(clock, desertedAfterMs, (session) => this.#desert(session));
  }

  create(draft: Draft, validTo: string): Agreement {
    if (!(Date.parse(validTo) > this.#clock.now()))
      throw new ApiError(400, `validTo must be in the future: ${validTo}`);
    const agreement: Agreement = {
      id: newHex(32),
      draft,
      provider: draft.provider,
      timestamp: this.#dates.next(),
      validTo: new Date(validTo).toISOString(),
      bell: new Bell(),
      state: 'Proposal',
      approvedDate: null,
      appSessionId: null,
    };
    this.#agreements.set(agreement.id, agreement);
    return agreement;
  }

  get(id: string): Agreement {
    const agreement = this.#agreements.get(id);
    if (!agreement) throw new ApiError(404, `Agreement [${id}] wasn't found`);
    return agreement;
  }

  all(): Agreement[] {
    return [...this.#agreements.values()];
  }

  events(query: FeedQuery) {
    const read = () => this.#feed.read(query);
    return query.appSessionId === null ? read() : this.#presence.during(query.appSessionId, read);
  }

  /** The requestor signs; the provider follows at once unless it works for another already. */
  confirm(id: string, appSessionId: string | null): void {
    const agreement = this.get(id);
    if (agreement.state !== 'Proposal') throw new ApiError(410, `Agreement [${id}] is ${agreement.state}`);
    agreement.state = 'Pending';
    agreement.appSessionId = appSessionId;
    const late = this.#faults.strikes('agreement-late', agreement.provider.name);
    if (late) this.#clock.after(late.seconds * 1000, () => this.#answer(agreement));
    else this.#answer(agreement);
  }

  /** The requestor takes its signature back, before the provider has answered. */
  cancel(id: string, message: string): void {
    const agreement = this.get(id);
    if (agreement.state !== 'Pending' && agreement.state !== 'Proposal')
      throw new ApiError(410, `Agreement [${id}] is ${agreement.state}`);
    agreement.state = 'Cancelled';
    const event = { eventType: 'AgreementCancelledEvent', agreementId: id, reason: { message } } as const;
    this.#feed.publish(agreement.appSessionId, event);
    agreement.bell.ring();
  }

  /** Ends well once it is approved; 410 when it never will be, 408 when time is up. */
  async waitForApproval(id: string, wait: Poll): Promise<void> {
    const agreement = this.get(id);
    const state = await poll(agreement.bell, wait, () => (agreement.state === 'Pending' ? undefined : agreement.state));
    if (state === undefined) throw new ApiError(408, 'Timeout');
    if (state !== 'Approved') throw new ApiError(410, `Agreement [${id}] is ${state}`);
  }

  /** Ends when all that hangs on the agreement has ended too and its invoice is out. */
  async terminate(id: string, ending: Ending): Promise<void> {
    const agreement = this.get(id);
    if (agreement.state !== 'Approved')
      throw new ApiError(410, `Agreement [${id}] is ${agreement.state}, not Approved`);
    agreement.state = 'Terminated';
    this.#stopTimers(id);
    this.#feed.publish(agreement.appSessionId, {
      eventType: 'AgreementTerminatedEvent',
      agreementId: id,
      terminator: ending.by,
      signature: '',
      reason: { message: ending.message, ...(ending.code ? { 'golem.provider.code': ending.code } : {}) },
    });
    await this.#ended(agreement);
  }

  /** The provider's patience starts, or starts anew, when no activity is left. */
  becameIdle(agreement: Agreement): void {
    if (agreement.state !== 'Approved') return;
    this.#timers.get(agreement.id)?.idle();
    const idle = this.#clock.after(IDLE_LIMIT_MS, () =>
      this.#dropByProvider(agreement, 'No activity created within 90s', 'NoActivity'),
    );
    const timers = this.#timers.get(agreement.id);
    if (timers) timers.idle = idle;
  }

  becameBusy(agreement: Agreement): void {
    this.#timers.get(agreement.id)?.idle();
  }

  close(): void {
    this.#presence.close();
    for (const id of [...this.#timers.keys()]) this.#stopTimers(id);
  }

  #answer(agreement: Agreement): void {
    if (agreement.state !== 'Pending') return;
    const { id, provider } = agreement;
    if (this.#faults.strikes('agreement-rejected', provider.name)) this.#reject(agreement, 'The provider declined');
    else if (provider.reserve(id)) this.#approve(agreement);
    else this.#reject(agreement, 'No capacity available. Reached Agreements limit: 1');
  }

  #approve(agreement: Agreement): void {
    agreement.state = 'Approved';
    agreement.approvedDate = this.#dates.next();
    const life = Date.parse(agreement.validTo) - this.#clock.now();
    const expiry = this.#clock.after(life, () => this.#dropByProvider(agreement, 'Agreement expired', 'Expired'));
    this.#timers.set(agreement.id, { expiry, idle: () => {} });
    this.becameIdle(agreement);
    this.#feed.publish(agreement.appSessionId, { eventType: 'AgreementApprovedEvent', agreementId: agreement.id });
    agreement.bell.ring();
  }

  #reject(agreement: Agreement, message: string): void {
    agreement.state = 'Rejected';
    this.#feed.publish(agreement.appSessionId, {
      eventType: 'AgreementRejectedEvent',
      agreementId: agreement.id,
      reason: { message },
    });
    agreement.bell.ring();
  }

  #desert(session: string): void {
    for (const agreement of this.all().filter(({ appSessionId }) => appSessionId === session)) {
      this.#dropByProvider(agreement, 'The requestor is gone', 'RequestorGone');
    }
  }

  #dropByProvider(agreement: Agreement, message: string, code: string): void {
    if (agreement.state !== 'Approved') return;
    void this.terminate(agreement.id, { by: 'Provider', message, code });
  }

  #stopTimers(id: string): void {
    const timers = this.#timers.get(id);
    this.#timers.delete(id);
    timers?.expiry();
    timers?.idle();
  }
}
