import type { Faults } from '../../faults/faults.ts';
import { Bell, type Poll, poll } from '../../provider/bell.ts';
import type { Clock, EventDates } from '../../provider/clock.ts';
import { newHex } from '../../provider/ids.ts';
import type { Provider } from '../../provider/provider.ts';
import { type Constraint, type Properties, parseConstraints, satisfies } from './constraints.ts';
import { ApiError } from './errors.ts';

export interface Terms {
  readonly properties: Properties;
  readonly constraints: string;
}

export interface Demand extends Terms {
  readonly id: string;
  readonly requestorId: string;
  readonly timestamp: string;
}

/** Initial and Draft ones come from providers; the requestor's own stand between them. */
export interface Proposal extends Terms {
  readonly proposalId: string;
  readonly issuerId: string;
  readonly state: 'Initial' | 'Draft';
  readonly timestamp: string;
  readonly prevProposalId?: string;
}

/** What both sides have agreed on, ready to be signed. */
export interface Draft {
  /** The demand with the terms of the requestor's counter-proposal. */
  readonly demand: Demand;
  readonly offer: Proposal;
  readonly provider: Provider;
}

type MarketEvent =
  | { readonly eventType: 'ProposalEvent'; readonly eventDate: string; readonly proposal: Proposal }
  | {
      readonly eventType: 'ProposalRejectedEvent';
      readonly eventDate: string;
      readonly proposalId: string;
      readonly reason?: { readonly message: string; readonly 'golem.proposal.rejection.is-final': boolean };
    };

interface OpenDemand {
  readonly demand: Demand;
  readonly constraints: readonly Constraint[];
  readonly events: MarketEvent[];
  readonly bell: Bell;
  readonly proposals: Map<string, { readonly proposal: Proposal; readonly provider: Provider; signed: boolean }>;
  readonly cancelExpiry: () => void;
}

/** yagna forgets a demand after an hour; the SDK publishes a new one every 30 minutes. */
const DEMAND_LIFE_MS = 3_600_000;

/** Terms of the demand that a provider takes over into its draft. */
const NEGOTIATED = [
  'golem.com.scheme.payu.debit-note.interval-sec?',
  'golem.com.scheme.payu.payment-timeout-sec?',
  'golem.com.payment.debit-notes.accept-timeout?',
];

/** Demands and the proposals that go back and forth about them. */
export class Market {
  readonly #clock: Clock;
  readonly #dates: EventDates;
  readonly #providers: readonly Provider[];
  readonly #requestorId: string;
  readonly #faults: Faults;
  readonly #demands = new Map<string, OpenDemand>();

  constructor(clock: Clock, dates: EventDates, providers: readonly Provider[], requestorId: string, faults: Faults) {
    this.#clock = clock;
    this.#dates = dates;
    this.#providers = providers;
    this.#requestorId = requestorId;
    this.#faults = faults;
  }

  subscribe(terms: Terms): string {
    const id = `${newHex(16)}-${newHex(32)}`;
    const open: OpenDemand = {
      demand: { ...terms, id, requestorId: this.#requestorId, timestamp: this.#dates.next() },
      constraints: parseConstraints(terms.constraints),
      events: [],
      bell: new Bell(),
      proposals: new Map(),
      cancelExpiry: this.#clock.after(DEMAND_LIFE_MS, () => this.#end(id)),
    };
    this.#demands.set(id, open);
    for (const provider of this.#providers) this.#offer(provider, open);
    return id;
  }

  unsubscribe(id: string): void {
    this.#open(id);
    this.#end(id);
  }

  /** Events of a demand, each given once; 404 as soon as it is gone, also to those who wait. */
  async events(id: string, maxEvents: number, wait: Poll): Promise<readonly MarketEvent[]> {
    const found = await poll(this.#open(id).bell, wait, () => {
      const { events } = this.#open(id);
      return events.length > 0 ? events.splice(0, maxEvents) : undefined;
    });
    return found ?? [];
  }

  /** Takes the requestor's counter-proposal to a provider's; the provider's answer comes as an event. */
  counter(demandId: string, proposalId: string, terms: Terms): string {
    const open = this.#open(demandId);
    const { proposal, provider } = this.#find(open, proposalId);
    if (proposal.state !== 'Initial') throw new ApiError(400, `proposal ${proposalId} is not an initial one`);
    const counterId = newProposalId();
    const counter = { ...terms, proposalId: counterId, issuerId: this.#requestorId, prevProposalId: proposalId };
    this.#keep(open, { ...counter, state: 'Draft', timestamp: this.#dates.next() }, provider);
    const objection = provider.objection(terms.properties, this.#clock.now());
    if (this.#faults.strikes('rejected-without-reason', provider.name)) this.#reject(open, counterId);
    else if (objection) this.#reject(open, counterId, objection);
    else this.#draft(open, provider, counterId, terms.properties);
    return counterId;
  }

  proposal(demandId: string, proposalId: string): Proposal {
    return this.#find(this.#open(demandId), proposalId).proposal;
  }

  /** Hands out a provider's draft to be signed; each can be signed once. */
  sign(proposalId: string): Draft {
    for (const { demand, proposals } of this.#demands.values()) {
      const kept = proposals.get(proposalId);
      if (!kept) continue;
      if (!isDraftOf(kept)) throw new ApiError(400, `proposal ${proposalId} is not a provider's draft`);
      if (kept.signed) throw new ApiError(409, `an agreement for proposal ${proposalId} exists already`);
      kept.signed = true;
      const counter = proposals.get(kept.proposal.prevProposalId ?? '')?.proposal ?? demand;
      const { properties, constraints } = counter;
      return { demand: { ...demand, properties, constraints }, offer: kept.proposal, provider: kept.provider };
    }
    throw new ApiError(404, `no proposal ${proposalId}: its demand may have been unsubscribed`);
  }

  /** A provider that became free offers again, except where its draft still waits to be signed. */
  offerAgain(provider: Provider): void {
    for (const open of this.#demands.values()) {
      const waiting = [...open.proposals.values()].some(
        (kept) => kept.provider === provider && isDraftOf(kept) && !kept.signed,
      );
      if (!waiting) this.#offer(provider, open);
    }
  }

  openDemands(): string[] {
    return [...this.#demands.keys()];
  }

  close(): void {
    for (const id of this.openDemands()) this.#end(id);
  }

  #end(id: string): void {
    const open = this.#demands.get(id);
    this.#demands.delete(id);
    open?.cancelExpiry();
    open?.bell.ring();
  }

  #offer(provider: Provider, open: OpenDemand): void {
    if (provider.agreementId !== null || this.#faults.strikes('no-offers', provider.name)) return;
    const offer = provider.offer(this.#clock.now(), 'Initial');
    const matches =
      satisfies(offer.properties, open.constraints) &&
      satisfies(open.demand.properties, parseConstraints(offer.constraints));
    if (matches) this.#propose(open, provider, { ...offer, state: 'Initial' });
  }

  #draft(open: OpenDemand, provider: Provider, prevProposalId: string, demand: Properties): void {
    const offer = provider.offer(this.#clock.now(), 'Draft');
    const negotiated = NEGOTIATED.filter((key) => demand[key] !== undefined).map((key) => [key, demand[key]]);
    const properties = { ...offer.properties, ...Object.fromEntries(negotiated) };
    this.#propose(open, provider, { ...offer, properties, state: 'Draft', prevProposalId });
  }

  #propose(open: OpenDemand, provider: Provider, part: Omit<Proposal, 'proposalId' | 'issuerId' | 'timestamp'>): void {
    const eventDate = this.#dates.next();
    const proposal = { ...part, proposalId: newProposalId(), issuerId: provider.id, timestamp: eventDate };
    this.#keep(open, proposal, provider);
    open.events.push({ eventType: 'ProposalEvent', eventDate, proposal });
    open.bell.ring();
  }

  #reject(open: OpenDemand, proposalId: string, message?: string): void {
    const reason = message !== undefined && { reason: { message, 'golem.proposal.rejection.is-final': false } };
    open.events.push({ eventType: 'ProposalRejectedEvent', eventDate: this.#dates.next(), proposalId, ...reason });
    open.bell.ring();
  }

  #keep(open: OpenDemand, proposal: Proposal, provider: Provider): void {
    open.proposals.set(proposal.proposalId, { proposal, provider, signed: false });
  }

  #open(id: string): OpenDemand {
    const open = this.#demands.get(id);
    if (!open) throw new ApiError(404, `Subscription [${id}] wasn't found`);
    return open;
  }

  #find(open: OpenDemand, proposalId: string) {
    const kept = open.proposals.get(proposalId);
    if (!kept) throw new ApiError(404, `Proposal [${proposalId}] wasn't found`);
    return kept;
  }
}

function isDraftOf({ proposal, provider }: { readonly proposal: Proposal; readonly provider: Provider }): boolean {
  return proposal.state === 'Draft' && proposal.issuerId === provider.id;
}

function newProposalId(): string {
  return `R-${newHex(32)}`;
}
