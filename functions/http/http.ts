import middy from '@middy/core';
import { PlatformError } from '../../core/errors.ts';
import type { Method } from '../routes.ts';
import { methods } from './methods.ts';
import { isPreflight, preflightAnswer } from './preflight.ts';
import { refusals } from './refusals.ts';
import { renderAnswers } from './render-answers.ts';
import { requestLog } from './request-log.ts';
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

function unlessPreflight(route: (event: Event) => Promise<Answer> | Answer) {
  return (event: Event) => (isPreflight(event) ? preflightAnswer : route(event));
}

function giveUp(): never {
  throw new PlatformError('too_slow', 'The function was about to run out of time.');
}
