import { Bell, type Poll, poll } from '../../provider/bell.ts';
import type { Clock } from '../../provider/clock.ts';
import { newHex } from '../../provider/ids.ts';
import type { Offer, Properties, Refusal } from '../../provider/terms.ts';
import { type Constraint, parseConstraints, satisfies } from './constraints.ts';
import { DaemonError } from './errors.ts';
import type { EventDates } from './feed.ts';

/** A provider on the market. */
export interface Seller {
  /** Its node's id. */
  readonly id: string;
  /** What it offers now; null while it offers nothing. */
  offer(): Offer | null;
  /** What it answers to a counter-proposal. */
  answer(demand: Properties): Offer | Refusal;
}

export interface Demand extends Offer {
  readonly id: string;
  readonly requestorId: string;
  readonly timestamp: string;
}

/** Initial and Draft ones come from providers; the requestor's own stand between them. */
export interface Proposal extends Offer {
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
}

type MarketEvent =
  | { readonly eventType: 'ProposalEvent'; readonly eventDate: string; readonly proposal: Proposal }
  | {
      readonly eventType: 'ProposalRejectedEvent';
      readonly eventDate: string;
      readonly proposalId: string;
      readonly reason?: { readonly message: string; readonly 'golem.proposal.rejection.is-final': boolean };
    };

interface KnownProposal {
  readonly proposal: Proposal;
  readonly seller: Seller;
  signed: boolean;
}

interface OpenDemand {
  readonly demand: Demand;
  readonly constraints: readonly Constraint[];
  readonly events: MarketEvent[];
  readonly bell: Bell;
  readonly proposals: Map<string, KnownProposal>;
  readonly cancelExpiry: () => void;
}

/** yagna forgets a demand after an hour; the SDK publishes a new one every 30 minutes. */
const DEMAND_LIFE_MS = 3_600_000;

/** Demands and the proposals that go back and forth about them. */
export class Market {
  readonly #clock: Clock;
  readonly #dates: EventDates;
  readonly #sellers: readonly Seller[];
  readonly #requestorId: string;
  readonly #demands = new Map<string, OpenDemand>();

  constructor(clock: Clock, dates: EventDates, sellers: readonly Seller[], requestorId: string) {
    this.#clock = clock;
    this.#dates = dates;
    this.#sellers = sellers;
    this.#requestorId = requestorId;
  }

  subscribe(terms: Offer): string {
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
    for (const seller of this.#sellers) this.#offer(seller, open);
    return id;
  }

  unsubscribe(id: string): void {
    this.#open(id);
    this.#end(id);
  }

  /** Events of a demand, each given once; not found as soon as it is gone, also to those who wait. */
  async events(id: string, maxEvents: number, wait: Poll): Promise<readonly MarketEvent[]> {
    const found = await poll(this.#open(id).bell, wait, () => {
      const { events } = this.#open(id);
      return events.length > 0 ? events.splice(0, maxEvents) : undefined;
    });
    return found ?? [];
  }

  /** Takes the requestor's counter-proposal to a provider's; the provider's answer comes as an event. */
  counter(demandId: string, proposalId: string, terms: Offer): string {
    const open = this.#open(demandId);
    const { proposal, seller } = this.#find(open, proposalId);
    if (proposal.state !== 'Initial') {
      throw new DaemonError('badRequest', `proposal ${proposalId} is not an initial one`);
    }
    const counterId = newProposalId();
    const counter = { ...terms, proposalId: counterId, issuerId: this.#requestorId, prevProposalId: proposalId };
    this.#keep(open, { ...counter, state: 'Draft', timestamp: this.#dates.next() }, seller);
    const answer = seller.answer(terms.properties);
    if ('refused' in answer) this.#reject(open, counterId, answer.refused);
    else this.#propose(open, seller, { ...answer, state: 'Draft', prevProposalId: counterId });
    return counterId;
  }

  proposal(demandId: string, proposalId: string): Proposal {
    return this.#find(this.#open(demandId), proposalId).proposal;
  }

  /** Gives out a provider's draft to be signed; each can be signed once. */
  sign(proposalId: string): Draft {
    for (const { demand, proposals } of this.#demands.values()) {
      const known = proposals.get(proposalId);
      if (!known) continue;
      if (!isDraftOf(known)) throw new DaemonError('badRequest', `proposal ${proposalId} is not a provider's draft`);
      if (known.signed) {
        throw new DaemonError('conflict', `an agreement for proposal ${proposalId} exists already`);
      }
      known.signed = true;
      const counter = proposals.get(known.proposal.prevProposalId ?? '')?.proposal ?? demand;
      const { properties, constraints } = counter;
      return { demand: { ...demand, properties, constraints }, offer: known.proposal };
    }
    throw new DaemonError('notFound', `no proposal ${proposalId}: its demand may have been unsubscribed`);
  }

  /** A provider that became free offers again, except where its draft still waits to be signed. */
  offerAgain(sellerId: string): void {
    for (const seller of this.#sellers.filter(({ id }) => id === sellerId)) {
      for (const open of this.#demands.values()) {
        const waiting = [...open.proposals.values()].some(
          (known) => known.seller === seller && isDraftOf(known) && !known.signed,
        );
        if (!waiting) this.#offer(seller, open);
      }
    }
  }

  demands(): Demand[] {
    return [...this.#demands.values()].map(({ demand }) => demand);
  }

  close(): void {
    for (const id of [...this.#demands.keys()]) this.#end(id);
  }

  #end(id: string): void {
    const open = this.#demands.get(id);
    this.#demands.delete(id);
    open?.cancelExpiry();
    open?.bell.ring();
  }

  #offer(seller: Seller, open: OpenDemand): void {
    const offer = seller.offer();
    if (offer && matches(offer, open)) this.#propose(open, seller, { ...offer, state: 'Initial' });
  }

  #propose(open: OpenDemand, seller: Seller, part: Omit<Proposal, 'proposalId' | 'issuerId' | 'timestamp'>): void {
    const eventDate = this.#dates.next();
    const proposal = { ...part, proposalId: newProposalId(), issuerId: seller.id, timestamp: eventDate };
    this.#keep(open, proposal, seller);
    open.events.push({ eventType: 'ProposalEvent', eventDate, proposal });
    open.bell.ring();
  }

  #reject(open: OpenDemand, proposalId: string, message: string | null): void {
    const reason = message !== null && { reason: { message, 'golem.proposal.rejection.is-final': false } };
    open.events.push({ eventType: 'ProposalRejectedEvent', eventDate: this.#dates.next(), proposalId, ...reason });
    open.bell.ring();
  }

  #keep(open: OpenDemand, proposal: Proposal, seller: Seller): void {
    open.proposals.set(proposal.proposalId, { proposal, seller, signed: false });
  }

  #open(id: string): OpenDemand {
    const open = this.#demands.get(id);
    if (!open) throw new DaemonError('notFound', `Subscription [${id}] wasn't found`);
    return open;
  }

  #find(open: OpenDemand, proposalId: string) {
    const known = open.proposals.get(proposalId);
    if (!known) throw new DaemonError('notFound', `Proposal [${proposalId}] wasn't found`);
    return known;
  }
}

function matches(
  offer: Offer,
  { demand, constraints }: { demand: Demand; constraints: readonly Constraint[] },
): boolean {
  const wanted: Properties = demand.properties;
  return satisfies(offer.properties, constraints) && satisfies(wanted, parseConstraints(offer.constraints));
}

function isDraftOf({ proposal, seller }: KnownProposal): boolean {
  return proposal.state === 'Draft' && proposal.issuerId === seller.id;
}

function newProposalId(): string {
  return `R-${newHex(32)}`;
}
