import { readServices } from '../aws/services.ts';
import { findRequest, type ReadServices } from '../core/find-request.ts';
import { lastStart, type VisibleRequest } from '../core/request.ts';
import { type Wait, type WaitServices, waitOf } from '../core/wait.ts';
import { http, routeAtFirstCall } from './http/http.ts';
import type { Answer, HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

/** `GET` or `POST /readPrediction/{id}`: how a request stands, and its classes once there are some. */
export function readPrediction(services: ReadServices & WaitServices, log: Log): HttpFunction {
  return http(routes.readPrediction.methods, log, async (event) => {
    const request = await findRequest(services, event.pathParameters?.id ?? '');
    const wait = await waitOf(services, request, (error) =>
      log.error('A part of the wait could not be read.', { error }),
    );
    return answer(request, wait);
  });
}

/** 200: how a request stands. `preds` is null until it is done, as in the original service. */
function answer(request: VisibleRequest, wait?: Wait): Answer {
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

export const handler = routeAtFirstCall((log) => readPrediction(readServices(process.env), log));
