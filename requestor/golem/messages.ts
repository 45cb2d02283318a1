import type { Family } from '../../core/catalogue.ts';
import type { Bill } from './bills.ts';
import type { Contract } from './contracts.ts';
import type { Deadlines } from './deadlines.ts';
import type { Party } from './rentals.ts';
import type { ImageReference, PriceLimits } from './settings.ts';
import type { Engagement, Verdict } from './spending.ts';

// Messages between the requestor and its family processes, over Node's IPC channel.

export interface FamilyConfig {
  readonly family: Family;
  readonly image: ImageReference;
  readonly apiUrl: string;
  readonly network: string;
  readonly maxProviders: number;
  readonly limits: PriceLimits;
  /** Providers that would bill for more threads are not engaged. */
  readonly maxThreads: number;
  readonly deadlines: Deadlines;
  /** Providers that are not engaged any more in this run. */
  readonly excluded: readonly string[];
}

/** One chunk for one provider. */
export interface Job {
  readonly id: number;
  readonly chunkFile: string;
  /** Where the provider's answer is to be put, unread. */
  readonly answerFile: string;
  /** Providers that must not get it. */
  readonly avoid: readonly string[];
}

export type ToFamily =
  | { readonly type: 'start'; readonly config: FamilyConfig }
  | { readonly type: 'classify'; readonly job: Job }
  | { readonly type: 'exclude'; readonly provider: string }
  | { readonly type: 'verdict'; readonly question: number; readonly verdict: Verdict }
  | { readonly type: 'close' };

export type FromFamily =
  /** The answer is in the job's file. */
  | { readonly type: 'answered'; readonly job: number; readonly worker: Party }
  | { readonly type: 'failed'; readonly job: number; readonly failure: JobFailure }
  /** Under which the daemon keeps what the process orders. */
  | { readonly type: 'session'; readonly session: string }
  | { readonly type: 'alive' }
  /** Who has the job in hand from now on: engaged for it, or at work on it. */
  | { readonly type: 'held'; readonly job: number; readonly provider: string }
  /** At the daemon, to be closed by whoever outlives this process. */
  | { readonly type: 'opened'; readonly demand?: string; readonly allocation?: string }
  | { readonly type: 'engaged'; readonly engagement: Engagement }
  /** A provider that did not get as far as a job. */
  | { readonly type: 'excluded'; readonly provider: string }
  /** Asks whether a bill may be paid; `verdict` answers. */
  | { readonly type: 'bill'; readonly question: number; readonly bill: Bill; readonly contract: Contract }
  | { readonly type: 'paid'; readonly agreement: string; readonly amount: string };

export interface JobFailure {
  /** Whose attempt it was: a provider's costs the requests one, the platform's does not. */
  readonly fault: 'provider' | 'platform';
  readonly code: string;
  readonly message: string;
  /** Who failed with it. */
  readonly provider?: string;
  /** No provider has begun with it, and the ones to blame are excluded: another engagement may do better. */
  readonly again?: boolean;
  /** The process should take no more work. */
  readonly executorUnusable: boolean;
}
