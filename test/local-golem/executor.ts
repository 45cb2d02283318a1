import type { Logger } from '@golem-sdk/golem-js';
import { TaskExecutor } from '@golem-sdk/task-executor';
import type { Golem } from '../../local/golem/index.ts';

export const quiet: Logger = { child: () => quiet, debug() {}, info() {}, warn() {}, error() {} };

/** The SDK's executor as its documentation has it, pointed at a stand-in. */
export function executorFor(
  golem: Pick<Golem, 'url' | 'appKey'>,
  maxParallelTasks: number,
  minMemGib = 1,
): Promise<TaskExecutor> {
  return TaskExecutor.create({
    api: { url: golem.url, key: golem.appKey },
    payment: { network: 'hoodi' },
    logger: quiet,
    skipProcessSignals: true,
    task: { maxParallelTasks },
    demand: {
      workload: { imageHash: 'a'.repeat(56), imageUrl: 'http://images.invalid/a.gvmi', minMemGib },
      payment: { midAgreementDebitNoteIntervalSec: 1 },
    },
    market: {
      rentHours: 0.5,
      pricing: { model: 'linear', maxStartPrice: 0.1, maxCpuPerHourPrice: 0.1, maxEnvPerHourPrice: 0.1 },
    },
  });
}
