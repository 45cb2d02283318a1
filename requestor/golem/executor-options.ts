import type { TaskExecutorOptions } from '@golem-sdk/task-executor';
import { guardedYagna } from './guard.ts';
import type { FamilyConfig } from './messages.ts';
import { needs } from './needs.ts';

/** Hours for which agreements are signed: a run takes minutes, and providers refuse demands that end within five. */
const rentHours = 0.5;

/** The most that mlg pays, GLM. Providers above are not engaged. */
const pricing = {
  model: 'linear',
  maxStartPrice: 0.01,
  maxCpuPerHourPrice: 0.1,
  maxEnvPerHourPrice: 0.1,
} as const;

/** Results are polled for this long at a time, seconds; and this often again when the daemon fails. */
const execution = { activityExeBatchResultPollIntervalSeconds: 5, activityExeBatchResultMaxRetries: 3 };

/** How a family's executor is set up. `excluded` is read at every choice of a provider. */
export function executorOptions(
  config: FamilyConfig,
  apiKey: string,
  excluded: ReadonlySet<string>,
): TaskExecutorOptions {
  const { memGib, storageGib } = needs[config.family];
  const image =
    'tag' in config.image
      ? { imageTag: config.image.tag }
      : { imageUrl: config.image.url, imageHash: config.image.hash };
  return {
    enableLogging: false,
    skipProcessSignals: true,
    api: { url: config.apiUrl, key: apiKey },
    override: { yagna: guardedYagna(config.apiUrl, apiKey) },
    payment: { network: config.network },
    demand: {
      workload: { ...image, minMemGib: memGib, minStorageGib: storageGib, minCpuThreads: 1 },
    },
    market: { rentHours, pricing, offerProposalFilter: ({ provider }) => !excluded.has(provider.id) },
    activity: execution,
    // Retries are the requestor's: it knows what an attempt costs, and who failed before.
    task: { maxParallelTasks: config.maxProviders, maxTaskRetries: 0 },
  };
}
