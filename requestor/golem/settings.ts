import type { Family } from '../../core/catalogue.ts';

/** Where providers get a family's image: an address with its hash, or a tag of the Golem registry. */
export type ImageReference = { readonly url: string; readonly hash: string } | { readonly tag: string };

/** The most that a provider may ask, GLM. */
export interface PriceLimits {
  readonly start: number;
  readonly cpuHour: number;
  readonly envHour: number;
}

export interface GolemSettings {
  readonly apiUrl: string;
  /** Such as `hoodi` (test network) or `polygon`. */
  readonly network: string;
  readonly images: Partial<Record<Family, ImageReference>>;
  /** Providers that one family may engage at a time. */
  readonly providersPerFamily: number;
  /** Providers that ask more are not engaged. */
  readonly limits: PriceLimits;
  /** Seconds within which a provider must be ready for work, image and all. */
  readonly engageSeconds: number;
  /** Seconds within which a provider must be done with a chunk. */
  readonly chunkSeconds: number;
  /** When a run has spent this much, GLM, it engages nobody any more, and pays no more: what is left waits for the next run. */
  readonly budget: number;
  /** All runs of a day (UTC) together pay no more than this, GLM. */
  readonly dayBudget: number;
  /** No more than this is paid for one agreement, GLM. */
  readonly agreementCap: number;
  /** Providers with more threads are not engaged: each may be billed for. */
  readonly maxThreads: number;
}

/** Where warnings go: a pino logger, for example. */
export interface Log {
  warn(fields: object, message: string): void;
}
