import type { RunCost } from '../core/ports.ts';
import type { ChunkEnd } from './work-on-chunk.ts';

/** What one run did; printed as one JSON line at its end. */
export interface RunSummary {
  readonly run: string;
  readonly started_at: string;
  readonly seconds: number;
  /** Whether the run ended by itself, or was stopped (a signal, its deadline). */
  readonly stopped: boolean;
  /** Requests of vanished runs that were put back. */
  readonly recovered: number;
  readonly chunks: number;
  readonly claimed: number;
  readonly done: number;
  readonly failed: number;
  readonly retried: number;
  readonly released: number;
  readonly lost: number;
  /** Ids of the providers that answered. */
  readonly providers: readonly string[];
  /** Why chunks came to nothing, each reason once. */
  readonly reasons: readonly string[];
  readonly invoices: number;
  readonly glm: number;
}

/** Counts while a run goes on. */
export interface Tally {
  recovered: number;
  cost: RunCost;
  add(end: ChunkEnd): void;
  readonly ends: readonly ChunkEnd[];
}

export function emptyTally(): Tally {
  const ends: ChunkEnd[] = [];
  return { recovered: 0, cost: { glm: 0, invoices: 0 }, ends, add: (end) => ends.push(end) };
}

export function summarize(
  { ends, recovered, cost }: Tally,
  times: { owner: string; startedAt: number; endedAt: number; signal: AbortSignal },
): RunSummary {
  const sum = (count: (end: ChunkEnd) => number) => ends.reduce((total, end) => total + count(end), 0);
  return {
    run: times.owner,
    started_at: new Date(times.startedAt).toISOString(),
    seconds: (times.endedAt - times.startedAt) / 1000,
    stopped: times.signal.aborted,
    recovered,
    chunks: ends.filter(({ claimed }) => claimed > 0).length,
    claimed: sum((end) => end.claimed),
    done: sum((end) => end.done),
    failed: sum((end) => end.failed),
    retried: sum((end) => end.retried),
    released: sum((end) => end.released),
    lost: sum((end) => end.lost),
    providers: distinct(ends.map(({ provider }) => provider)),
    reasons: distinct(ends.map(({ reason }) => reason)),
    invoices: cost.invoices,
    glm: cost.glm,
  };
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}
