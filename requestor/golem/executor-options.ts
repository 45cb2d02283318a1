import type { YagnaApi } from '@golem-sdk/golem-js';
import type { TaskExecutorOptions } from '@golem-sdk/task-executor';
import { termsOf } from './contracts.ts';
import type { FamilyConfig } from './messages.ts';
import { needs } from './needs.ts';
import type { Storage } from './storage.ts';

/** Hours for which agreements are signed: a run takes minutes, and providers refuse demands that end within five. */
const rentHours = 0.5;

/** Results are polled for this long at a time, seconds; and this often again when the daemon fails. */
const execution = { activityExeBatchResultPollIntervalSeconds: 5, activityExeBatchResultMaxRetries: 3 };

/**
 * Places of the executor beyond those that jobs can take at a time: for providers that hold a signature back, for up to a
 * minute, and for those that are held while a job that avoids them looks for another.
 */
const sparePlaces = 2;

export interface ExecutorParts {
  readonly yagna: YagnaApi;
  readonly storage: Storage;
  /** Read at every choice of a provider. */
  readonly excluded: ReadonlySet<string>;
}

/** How a family's executor is set up. */
export function executorOptions(
  config: FamilyConfig,
  { yagna, storage, excluded }: ExecutorParts,
): TaskExecutorOptions {
  const { memGib, storageGib } = needs[config.family];
  const { start, cpuHour, envHour } = config.limits;
  const image =
    'tag' in config.image
      ? { imageTag: config.image.tag }
      : { imageUrl: config.image.url, imageHash: config.image.hash };
  return {
    enableLogging: false,
    skipProcessSignals: true,
    override: { yagna, storageProvider: storage },
    payment: { network: config.network },
    demand: {
      workload: { ...image, minMemGib: memGib, minStorageGib: storageGib, minCpuThreads: 1 },
    },
    market: {
      rentHours,
      pricing: { model: 'linear', maxStartPrice: start, maxCpuPerHourPrice: cpuHour, maxEnvPerHourPrice: envHour },
      // The demand says how many threads at most; a draft may differ from the offer that met it.
      offerProposalFilter: ({ provider, properties }) =>
        !excluded.has(provider.id) && (termsOf(properties)?.threads ?? Number.POSITIVE_INFINITY) <= config.maxThreads,
    },
    activity: execution,
    // Retries are the requestor's: it knows what an attempt costs, and who failed before.
    task: { maxParallelTasks: config.maxProviders + sparePlaces, maxTaskRetries: 0 },
  };
}
