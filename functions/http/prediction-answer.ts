import { lastStart, type VisibleRequest } from '../../core/request.ts';
import type { Wait } from '../../core/wait.ts';
import type { Answer } from './types.ts';

/** How long an ended request's answer may be kept by the caller's own cache, s. It does not change any more. */
const cacheSeconds = 3600;

/** 200: how a request stands. `preds` is null until it is done, as in the original service. */
export function predictionAnswer(request: VisibleRequest, wait?: Wait): Answer {
  const { status } = request;
  const outcome = status === 'done' ? request.outcome : undefined;
  const hasEnded = status === 'done' || status === 'failed';
  return {
    status: 200,
    body: {
      preds: outcome?.predictions ?? null,
      status,
      model: request.model,
      created_at: isoTime(request.createdAt),
      started_at: isoTime(lastStart(request)),
      completed_at: isoTime(hasEnded ? request.completedAt : undefined),
      attempts: request.attempts,
      error: status === 'failed' ? request.failure : null,
      ...(outcome && { weights: outcome.weights }),
      ...(wait && waiting(wait)),
    },
    headers: { 'cache-control': hasEnded ? `private, max-age=${cacheSeconds}` : 'no-store' },
    log: { state: status },
  };
}

function waiting({ position, nextRunAt, typicalSeconds }: Wait) {
  return {
    queue: { position: position ?? null, next_run_at: isoTime(nextRunAt) },
    typical_seconds: typicalSeconds ?? null,
  };
}

function isoTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
