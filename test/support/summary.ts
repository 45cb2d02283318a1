import type { RunSummary } from '../../requestor/summary.ts';

/** The summary of a run that did nothing, but for `changes`. */
export function aSummary(changes: Partial<RunSummary> = {}): RunSummary {
  return {
    ...{ run: '01234567', started_at: '2026-11-22T12:00:00.000Z', seconds: 1, stopped: false, recovered: 0 },
    ...{ chunks: 0, claimed: 0, done: 0, failed: 0, retried: 0, released: 0, lost: 0, stranded: 0, failed_attempts: 0 },
    ...{
      providers: {},
      reasons: [],
      invoices: 0,
      glm: 0,
      bills_refused: 0,
      refusals: [],
      left_out: [],
      budget_used_up: false,
      errors: [],
    },
    ...changes,
  };
}
