import { type Environment, readVariables, requestorVariables } from '../aws/settings.ts';
import type { Family, InstalledModels } from '../core/catalogue.ts';

/** Where providers get a family's image: an address with its hash, or a tag of the Golem registry. */
export type ImageReference = { readonly url: string; readonly hash: string } | { readonly tag: string };

/** What the requestor needs from its environment; the keys of `GolemSettings` are documented in docs/operate.md. */
export interface RequestorSettings {
  readonly table: string;
  readonly bucket: string;
  /** Requests are kept so many days from when they ended. */
  readonly resultDays: number;
  readonly installed: InstalledModels;
  readonly golem: GolemSettings;
  /** A run is stopped after this many seconds. */
  readonly runSeconds: number;
  /** A run's claim on a request ends after this many seconds: more than a run takes. */
  readonly leaseSeconds: number;
  /** From the start of one run to the next, as those who wait are told. */
  readonly scheduleSeconds: number;
}

export interface GolemSettings {
  readonly apiUrl: string;
  /** Such as `hoodi` (test network) or `polygon`. */
  readonly network: string;
  readonly images: Partial<Record<Family, ImageReference>>;
  /** Providers that one family may engage at a time. */
  readonly providersPerFamily: number;
  /** Providers that ask more are not engaged, GLM. */
  readonly limits: PriceLimits;
  /** A provider must be ready for work after so many seconds, image and all, and done with a chunk after so many. */
  readonly engageSeconds: number;
  readonly chunkSeconds: number;
  /** When a run has spent this much, GLM, it engages nobody any more, and what is pending waits for the next run. */
  readonly budget: number;
}

export interface PriceLimits {
  readonly start: number;
  readonly cpuHour: number;
  readonly envHour: number;
}

/** @throws Error that names the variable and what it should hold */
export function requestorSettings(env: Environment): RequestorSettings {
  const { models, ...values } = readVariables(env, requestorVariables);
  const { table, bucket, resultDays, runSeconds, leaseSeconds, scheduleSeconds } = values;
  // A lease that ended during its run would let the next one do the same work beside it.
  if (leaseSeconds <= runSeconds) {
    throw new Error(
      `The environment variable LEASE_SECONDS is '${leaseSeconds}'; it takes more than RUN_SECONDS, which is ${runSeconds}.`,
    );
  }
  return {
    ...{ table, bucket, resultDays, installed: models, runSeconds, leaseSeconds, scheduleSeconds },
    golem: {
      apiUrl: values.apiUrl,
      network: values.network,
      images: values.images,
      providersPerFamily: values.providersPerFamily,
      limits: { start: values.maxStart, cpuHour: values.maxCpuHour, envHour: values.maxEnvHour },
      engageSeconds: values.engageSeconds,
      chunkSeconds: values.chunkSeconds,
      budget: values.runBudget,
    },
  };
}
