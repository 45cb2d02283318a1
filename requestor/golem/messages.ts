import type { Family, InstalledModel } from '../../core/catalogue.ts';
import type { Prediction } from '../../core/predictions.ts';
import type { Deadlines } from './deadlines.ts';
import type { ImageReference, PriceLimits } from './settings.ts';
import type { Engagement } from './spending.ts';

// What the requestor and its family processes say to each other, over Node's IPC channel.

export interface FamilyConfig {
  readonly family: Family;
  readonly image: ImageReference;
  readonly apiUrl: string;
  readonly network: string;
  readonly maxProviders: number;
  readonly limits: PriceLimits;
  readonly deadlines: Deadlines;
  /** Providers that failed before in this run. */
  readonly excluded: readonly string[];
}

/** One chunk for one provider. */
export interface Job {
  readonly id: number;
  readonly chunkFile: string;
  readonly chunkSha256: string;
  readonly count: number;
  readonly model: InstalledModel;
}

export type ToFamily =
  | { readonly type: 'start'; readonly config: FamilyConfig }
  | { readonly type: 'classify'; readonly job: Job }
  | { readonly type: 'exclude'; readonly provider: string }
  | { readonly type: 'close' };

export type FromFamily =
  | {
      readonly type: 'classified';
      readonly job: number;
      readonly provider: string;
      readonly predictions: readonly (readonly Prediction[])[];
    }
  | { readonly type: 'failed'; readonly job: number; readonly failure: JobFailure }
  /** Under which the daemon keeps what the process orders. */
  | { readonly type: 'session'; readonly session: string }
  | { readonly type: 'alive' }
  /** At the daemon, to be closed by whoever outlives this process. */
  | { readonly type: 'opened'; readonly demand?: string; readonly allocation?: string }
  | { readonly type: 'engaged'; readonly engagement: Engagement }
  /** A provider that did not get as far as a job. */
  | { readonly type: 'excluded'; readonly provider: string }
  | { readonly type: 'paid'; readonly agreement: string; readonly glm: number };

export interface JobFailure {
  /** Whose attempt it was: a provider's costs the requests one, the platform's does not. */
  readonly fault: 'provider' | 'platform';
  readonly code: string;
  readonly message: string;
  /** Who failed, when it is known: not to be engaged again in this run. */
  readonly provider?: string;
  /** No provider has begun with it, and the ones to blame are excluded: another engagement may do better. */
  readonly again?: boolean;
  /** The executor has lost places, or may hang: the process should take no more work. */
  readonly spoiled: boolean;
}
