import type { RunCost } from '../core/ports.ts';
import { type ChunkSeconds, joined } from '../core/recent-runs.ts';
import type { FailedRequest, PendingRequest } from '../core/request.ts';
import { type ChunkEnd, noRequests, type RequestCounts } from './work-on-chunk.ts';

/** What one run did: its record, and the one JSON line that it prints at its end. */
export interface RunSummary extends RequestCounts {
  readonly run: string;
  readonly started_at: string;
  readonly seconds: number;
  /** Whether the run was stopped (by a signal, or its deadline) instead of coming to its end. */
  readonly stopped: boolean;
  /** Requests of vanished runs that were put back. Those that had their last attempt there are counted in `failed`. */
  readonly recovered: number;
  readonly chunks: number;
  /** By provider: the chunks it answered, and the seconds they took with all that goes with them. */
  readonly providers: Readonly<Record<string, { readonly chunks: number; readonly seconds: number }>>;
  /** Why chunks came to nothing, each reason once. */
  readonly reasons: readonly string[];
  readonly invoices: number;
  readonly glm: number;
  /** Bills of providers that were not paid, and the arithmetic of the first ones. */
  readonly bills_refused: number;
  readonly refusals: readonly string[];
  /** Providers that had a job in hand when a process died, and were engaged no more. */
  readonly left_out: readonly string[];
  /** Whether requests wait on for the next run because this one had spent its budget. */
  readonly budget_used_up: boolean;
  /** What kept the run itself from doing its work; empty in a good run. */
  readonly errors: readonly string[];
}

/** Reasons that a record keeps: with many providers, they could be many. */
const maxReasons = 20;

/** Counts while a run goes on: sums only, however many chunks there are. */
export class Tally {
  /** Of the last chunks that were answered, by model, s. */
  chunkSeconds: ChunkSeconds = {};
  readonly errors: string[] = [];
  readonly #startedAt: number;
  readonly #sums = { recovered: 0, chunks: 0, ...noRequests };
  readonly #providers = new Map<string, { chunks: number; seconds: number }>();
  readonly #reasons = new Set<string>();
  #budgetUsedUp = false;
  #cost: RunCost = { glm: 0, invoices: 0, billsRefused: 0, refusals: [], leftOut: [] };

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  add(end: ChunkEnd): void {
    if (end.claimed > 0) this.#sums.chunks++;
    for (const count of Object.keys(noRequests) as (keyof RequestCounts)[]) this.#sums[count] += end[count];
    this.#budgetUsedUp ||= end.budgetUsedUp;
    for (const reason of end.reasons) if (this.#reasons.size < maxReasons) this.#reasons.add(reason);
    if (end.provider) {
      this.chunkSeconds = joined(this.chunkSeconds, { [end.model]: [end.seconds] });
      const sofar = this.#providers.get(end.provider) ?? { chunks: 0, seconds: 0 };
      this.#providers.set(end.provider, { chunks: sofar.chunks + 1, seconds: sofar.seconds + end.seconds });
    }
  }

  /** Adds a request of a vanished run, as it is after its lease was taken back. */
  recover({ status }: PendingRequest | FailedRequest): void {
    if (status === 'pending') this.#sums.recovered++;
    else {
      this.#sums.failed++;
      this.#sums.failed_attempts++;
    }
  }

  pay(cost: RunCost): void {
    this.#cost = cost;
  }

  note(error: unknown): void {
    this.errors.push(error instanceof Error ? error.message : String(error));
  }

  summary({ owner, endedAt, stopped }: { owner: string; endedAt: number; stopped: boolean }): RunSummary {
    const { glm, invoices, billsRefused, refusals, leftOut } = this.#cost;
    return {
      run: owner.slice(0, 8),
      started_at: new Date(this.#startedAt).toISOString(),
      seconds: (endedAt - this.#startedAt) / 1000,
      stopped,
      ...this.#sums,
      providers: Object.fromEntries(this.#providers),
      reasons: [...this.#reasons],
      ...{ invoices, glm, bills_refused: billsRefused, refusals, left_out: leftOut },
      budget_used_up: this.#budgetUsedUp,
      errors: this.errors,
    };
  }
}
