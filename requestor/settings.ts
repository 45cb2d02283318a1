import { type Environment, readVariables, requestorVariables } from '../aws/settings.ts';
import type { InstalledModels } from '../core/catalogue.ts';
import type { GolemSettings } from './golem/settings.ts';

/** What the requestor needs from its environment; the keys of `GolemSettings` are documented in docs/operate.md. */
export interface RequestorSettings {
  readonly table: string;
  /** The table of the run history. */
  readonly operations: string;
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

/** @throws Error that names the variable and what it should hold */
export function requestorSettings(env: Environment): RequestorSettings {
  const { models, ...values } = readVariables(env, requestorVariables);
  const { table, operations, bucket, resultDays, runSeconds, leaseSeconds, scheduleSeconds } = values;
  // A lease that ended during its run would let the next one do the same work beside it.
  if (leaseSeconds <= runSeconds) {
    throw new Error(
      `The environment variable LEASE_SECONDS is '${leaseSeconds}'; it takes more than RUN_SECONDS, which is ${runSeconds}.`,
    );
  }
  return {
    ...{ table, operations, bucket, resultDays, installed: models, runSeconds, leaseSeconds, scheduleSeconds },
    golem: {
      apiUrl: values.apiUrl,
      network: values.network,
      images: values.images,
      providersPerFamily: values.providersPerFamily,
      limits: { start: values.maxStart, cpuHour: values.maxCpuHour, envHour: values.maxEnvHour },
      engageSeconds: values.engageSeconds,
      chunkSeconds: values.chunkSeconds,
      budget: values.runBudget,
      dayBudget: values.dayBudget,
      agreementCap: values.agreementCap,
      maxThreads: values.maxThreads,
    },
  };
}
