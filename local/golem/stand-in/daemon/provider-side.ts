import type { ExeUnit } from '../../provider/exe-unit.ts';
import type { Offer, Properties, Refusal } from '../../provider/terms.ts';
import type { Activity } from './activities.ts';
import type { Agreement } from './agreements.ts';

/** A provider on the market. */
export interface Seller {
  /** Its node's id. */
  readonly id: string;
  /** What it offers now; null while it offers nothing. */
  offer(): Offer | null;
  /** What it answers to a counter-proposal. */
  answer(demand: Properties): Offer | Refusal;
}

/** Why the daemon gets no answer from a provider: nobody listens there any more, or nothing gets through. */
export type Silence = 'dead' | 'unreachable';

/** The providers as the daemon sees them: what it asks them, and what it reports to them. */
export interface ProviderSide {
  readonly sellers: readonly Seller[];
  /** A requestor has signed: the provider may approve or reject. */
  confirmed(agreement: Agreement): void;
  /** Resolves when all that belongs to the agreement has ended and its invoice is out. */
  terminated(agreement: Agreement): Promise<void>;
  /** Nobody listens to the events of this requestor's session any more. */
  sessionLost(session: string): void;
  silence(agreement: Agreement): Silence | null;
  createUnit(agreement: Agreement, activityId: string): ExeUnit;
  created(activity: Activity): void;
  destroyed(activity: Activity): void;
}
