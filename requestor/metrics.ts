import { type MetricValues, metricsLine } from '../aws/metrics.ts';
import type { InstalledModels, ModelId } from '../core/catalogue.ts';
import { chunkLimits } from '../core/chunks.ts';
import type { RequestRows } from '../core/ports.ts';
import type { RunSummary } from './summary.ts';

/** What waits for one model. */
export interface Backlog {
  readonly model: ModelId;
  /** Requests; counted up to `maxCounted`. */
  readonly pending: number;
  /** Of the oldest one. */
  readonly seconds: number;
}

/** More would take longer to count than it is worth: whoever sees this many knows enough. */
export const maxCounted = 1000;

/** The models for which something waits. */
export async function readBacklog(
  rows: Pick<RequestRows, 'pending'>,
  installed: InstalledModels,
  now: number,
): Promise<Backlog[]> {
  const backlogs: Backlog[] = [];
  for (const model of Object.keys(installed) as ModelId[]) {
    let pending = 0;
    let oldest = now;
    for await (const { createdAt } of rows.pending(model)) {
      if (pending++ === 0) oldest = createdAt;
      if (pending === maxCounted) break;
    }
    if (pending > 0) backlogs.push({ model, pending, seconds: Math.max(0, now - oldest) / 1000 });
  }
  return backlogs;
}

/** A run's lines of metrics, which lib/watch.ts draws and watches. */
export function runMetrics(summary: RunSummary, backlogs: readonly Backlog[], now: number): string[] {
  const perModel = backlogs.map(({ model, pending, seconds }) =>
    metricsLine({ Pending: [pending, 'Count'], PendingAge: [seconds, 'Seconds'] }, now, { model }),
  );
  return [metricsLine(runValues(summary, backlogs), now), ...perModel];
}

/** Of a run that came to nothing before it could say more. */
export function failedRunMetrics(now: number): string {
  return metricsLine({ RunErrors: [1, 'Count'] }, now);
}

function runValues(summary: RunSummary, backlogs: readonly Backlog[]): MetricValues {
  const { seconds, errors, chunks, claimed, done, failed, failed_attempts, glm, bills_refused, budget_used_up } =
    summary;
  const places = chunks * chunkLimits.images;
  return {
    RunSeconds: [seconds, 'Seconds'],
    RunErrors: [errors.length, 'Count'],
    Chunks: [chunks, 'Count'],
    Attempts: [claimed, 'Count'],
    Done: [done, 'Count'],
    Failed: [failed, 'Count'],
    AttemptsThatFailed: [failed_attempts, 'Count'],
    GlmSpent: [glm, 'None'],
    BillsRefused: [bills_refused, 'Count'],
    BudgetUsed: [budget_used_up ? 1 : 0, 'Count'],
    OldestPending: [Math.max(0, ...backlogs.map((backlog) => backlog.seconds)), 'Seconds'],
    ...(places > 0 && { ChunkFill: [(100 * claimed) / places, 'Percent'] as const }),
  };
}
