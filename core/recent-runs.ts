import type { ModelId } from './catalogue.ts';
import { leaseMs } from './request.ts';

/** What the last runs tell about the next one. */
export interface RecentRuns {
  /** When the last run began, ms since 1970. */
  readonly lastStart: number;
  /** From one start to the next, ms. */
  readonly period: number;
  /** By model, how long the last chunks took from their claim to their stored answer, s; the latest one last. */
  readonly seconds: ChunkSeconds;
}

export type ChunkSeconds = Partial<Record<ModelId, readonly number[]>>;

/** Chunks of a model that are remembered. */
export const remembered = 20;
/** Fewer chunks say too little about the next one. */
const enough = 3;

/** The later chunks after the earlier ones, as many as are remembered. */
export function joined(earlier: ChunkSeconds, later: ChunkSeconds): ChunkSeconds {
  const models = [...new Set([...Object.keys(earlier), ...Object.keys(later)])] as ModelId[];
  return Object.fromEntries(
    models.map((model) => [model, [...(earlier[model] ?? []), ...(later[model] ?? [])].slice(-remembered)]),
  );
}

/**
 * When the next run begins, ms since 1970. In the past: any moment, it is due. Undefined when it is overdue by more than
 * a run can take: then the schedule does not do what it should, and nobody knows.
 */
export function nextRunAt({ lastStart, period }: RecentRuns, now: number): number | undefined {
  const due = lastStart + period;
  return now > due + leaseMs ? undefined : due;
}

/** The median of a model's last chunks, s; undefined when there were too few. */
export function typicalSeconds({ seconds }: RecentRuns, model: ModelId): number | undefined {
  const sorted = seconds[model]?.toSorted((a, b) => a - b);
  if (!sorted || sorted.length < enough) return undefined;
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] = sorted.slice(middle - (sorted.length % 2 === 0 ? 1 : 0));
  return sorted.length % 2 === 0 ? (below + above) / 2 : below;
}
