import middy from '@middy/core';
import { PlatformError } from '../../core/errors.ts';
import type { Method } from '../routes.ts';
import { methods } from './methods.ts';
import { isPreflight, preflightAnswer } from './preflight.ts';
import { refusals } from './refusals.ts';
import { renderAnswers } from './render-answers.ts';
import { lambdaLog, requestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';
import type { Answer, Event, HttpFunction, Log } from './types.ts';

/** Before the function's own time runs out, in ms; enough to answer and to log. */
const reserve = 500;

/**
 * A Lambda function for one route: what every route has in common, around what only this one does.
 * @param served the methods that the route serves; GET brings HEAD with it
 */
export function http(
  served: readonly Method[] | 'any',
  log: Log,
  route: (event: Event) => Promise<Answer> | Answer,
): HttpFunction {
  // On the way back, and after an error, the last one comes first.
  const middlewares = [
    requestLog(log),
    securityHeaders(),
    ...(served === 'any' ? [] : [methods(served)]),
    refusals(log),
    renderAnswers(),
  ];
  return middy({ timeoutEarlyInMillis: reserve, timeoutEarlyResponse: giveUp })
    .use(middlewares)
    .handler(served === 'any' ? route : unlessPreflight(route)) as unknown as HttpFunction;
}

/**
 * Returns a route's handler, made at the first call, as functions/first-call.ts does for others. While `build` throws, that is
 * logged, and callers get 500.
 */
export function routeAtFirstCall(build: (log: Log) => HttpFunction): HttpFunction {
  const log = lambdaLog();
  let handler: HttpFunction | undefined;
  return async (event, context) => {
    try {
      handler ??= build(log);
    } catch (error) {
      return failing(error, log)(event, context);
    }
    return handler(event, context);
  };
}

function failing(error: unknown, log: Log): HttpFunction {
  return http('any', log, () => {
    throw error;
  });
}

function unlessPreflight(route: (event: Event) => Promise<Answer> | Answer) {
  return (event: Event) => (isPreflight(event) ? preflightAnswer : route(event));
}

function giveUp(): never {
  throw new PlatformError('too_slow', 'The function was about to run out of time.');
}
