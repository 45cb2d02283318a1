import { Bell, type Poll, poll } from '../../provider/bell.ts';
import type { Clock } from '../../provider/clock.ts';
import { newHex } from '../../provider/ids.ts';
import { DaemonError } from './errors.ts';
import { type EventDates, Feed, type FeedQuery } from './feed.ts';
import type { Draft, Market } from './market.ts';
import { Sessions } from './sessions.ts';

export type AgreementState = 'Proposal' | 'Pending' | 'Approved' | 'Rejected' | 'Cancelled' | 'Terminated';

export interface Agreement {
  readonly id: string;
  readonly draft: Draft;
  readonly providerId: string;
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

/** The providers' side of agreements. */
export interface Signers {
  /** A requestor has signed: the provider may approve or reject. */
  confirmed(agreement: Agreement): void;
  /** Resolves when all that belongs to the agreement has ended and its invoice is out. */
  terminated(agreement: Agreement): Promise<void>;
  /** Nobody reads the events of this requestor's session any more. */
  sessionLost(session: string): void;
}

export interface AgreementParts {
  readonly clock: Clock;
  readonly dates: EventDates;
  readonly market: Market;
  /** A requestor whose events nobody reads for so long is lost. */
  readonly sessionTimeoutMs: number;
  readonly providers: Signers;
}

/** Agreements from the signing of a draft to their end. They stay readable for the life of the daemon. */
export class Agreements {
  readonly #parts: AgreementParts;
  readonly #feed: Feed<AgreementEvent>;
  readonly #sessions: Sessions;
  readonly #agreements = new Map<string, Agreement>();

  constructor(parts: AgreementParts) {
    const { clock, dates, sessionTimeoutMs, providers } = parts;
    this.#parts = parts;
    this.#feed = new Feed(dates);
    this.#sessions = new Sessions(clock, sessionTimeoutMs, (session) => providers.sessionLost(session));
  }

  create(proposalId: string, validTo: string): Agreement {
    const { clock, dates, market } = this.#parts;
    if (!(Date.parse(validTo) > clock.now())) {
      throw new DaemonError('badRequest', `validTo must be in the future: ${validTo}`);
    }
    const draft = market.sign(proposalId);
    const agreement: Agreement = {
      id: newHex(32),
      draft,
      providerId: draft.offer.issuerId,
      timestamp: dates.next(),
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
    if (!agreement) throw new DaemonError('notFound', `Agreement [${id}] wasn't found`);
    return agreement;
  }

  all(): Agreement[] {
    return [...this.#agreements.values()];
  }

  events(query: FeedQuery) {
    const read = () => this.#feed.read(query);
    return query.appSessionId === null ? read() : this.#sessions.during(query.appSessionId, read);
  }

  /** The requestor signs; the provider's answer follows. */
  confirm(id: string, appSessionId: string | null): void {
    const agreement = this.get(id);
    if (agreement.state !== 'Proposal') throw wrongState(agreement);
    agreement.state = 'Pending';
    agreement.appSessionId = appSessionId;
    this.#parts.providers.confirmed(agreement);
  }

  /** The requestor takes its signature back, before the provider has answered. */
  cancel(id: string, message: string): void {
    const agreement = this.get(id);
    if (agreement.state !== 'Pending' && agreement.state !== 'Proposal') throw wrongState(agreement);
    this.#change(agreement, 'Cancelled', { reason: { message } });
  }

  approve(agreement: Agreement): void {
    agreement.approvedDate = this.#parts.dates.next();
    this.#change(agreement, 'Approved');
  }

  reject(agreement: Agreement, message: string): void {
    this.#change(agreement, 'Rejected', { reason: { message } });
  }

  /** Resolves on approval; gone when it never will be, timeout when time is up. */
  async waitForApproval(id: string, wait: Poll): Promise<void> {
    const agreement = this.get(id);
    const state = await poll(agreement.bell, wait, () => (agreement.state === 'Pending' ? undefined : agreement.state));
    if (state === undefined) throw new DaemonError('timeout', 'Timeout');
    if (state !== 'Approved') throw wrongState(agreement);
  }

  /** Resolves when all that belongs to the agreement has ended too and its invoice is out. */
  async terminate(id: string, { by, message, code }: Ending): Promise<void> {
    const agreement = this.get(id);
    if (agreement.state !== 'Approved') throw wrongState(agreement);
    this.#change(agreement, 'Terminated', {
      terminator: by,
      signature: '',
      reason: { message, ...(code !== undefined && { 'golem.provider.code': code }) },
    });
    await this.#parts.providers.terminated(agreement);
  }

  close(): void {
    this.#sessions.close();
  }

  #change(
    agreement: Agreement,
    state: 'Approved' | 'Rejected' | 'Cancelled' | 'Terminated',
    more: Pick<AgreementEvent, 'terminator' | 'signature' | 'reason'> = {},
  ): void {
    agreement.state = state;
    const event = { eventType: `Agreement${state}Event`, agreementId: agreement.id, ...more } as const;
    this.#feed.publish(agreement.appSessionId, event);
    agreement.bell.ring();
  }
}

function wrongState({ id, state }: Agreement): DaemonError {
  return new DaemonError('gone', `Agreement [${id}] is ${state}`);
}
