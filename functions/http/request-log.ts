import { newLogger } from '../../aws/logger.ts';
import { metricsLine } from '../../aws/metrics.ts';
import { CallerError } from '../../core/errors.ts';
import type { Event, Log, LogFields, Middleware, Result } from './types.ts';

/** Lambda's standard output, as JSON lines. */
export function lambdaLog(): Log {
  const logger = newLogger('mlg');
  return {
    info: (message, fields) => logger.info(fields, message),
    error: (message, fields) => logger.error(fields, message),
    count: (metric, dimensions) =>
      process.stdout.write(`${metricsLine({ [metric]: [1, 'Count'] }, Date.now(), dimensions)}\n`),
  };
}

/**
 * One line a request. Its path is left out, because it can hold a request's id, and whoever has that can read the
 * result; the route tells the same.
 */
export function requestLog(log: Log): Middleware {
  return {
    before: ({ internal }) => {
      internal.started = performance.now();
    },
    after: ({ event, response, internal }) => {
      log.info('served', { ...facts(event, response, internal.started), ...internal.log });
      const { model } = internal.log;
      if (response?.statusCode === 202 && typeof model === 'string') log.count('Accepted', { model });
    },
    onError: ({ event, response, error, internal }) => {
      const code = error instanceof CallerError ? error.code : 'our_fault';
      log.info('refused', { ...facts(event, response, internal.started), code });
      log.count('Refused', { reason: code });
    },
  };
}

function facts(event: Event, response: Result | null | undefined, started: number): LogFields {
  const { id, model } = event.pathParameters ?? {};
  return {
    route: event.routeKey,
    method: event.requestContext.http.method,
    status: response?.statusCode,
    ms: Math.round(performance.now() - started),
    ...(id && { request: loggedId(id) }),
    ...(model && { model: model.slice(0, longestLogged) }),
  };
}

/** Of what callers write, characters. */
const longestLogged = 40;
/** Enough of a request's id to find it, too little to read its result with. */
const loggedDigits = 8;

export function loggedId(requestId: string): string {
  return requestId.slice(0, loggedDigits);
}
