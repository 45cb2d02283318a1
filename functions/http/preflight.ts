import { header } from './header.ts';
import type { Answer, Event } from './types.ts';

/** Whether a browser asks, before it sends, if a page of another origin may. */
export function isPreflight(event: Event): boolean {
  return event.requestContext.http.method === 'OPTIONS' && !!header(event, 'access-control-request-method');
}

/**
 * The answer to it. API Gateway gives its own, or adds its headers to this one: with routes that take any method, it has
 * been seen to ask the function. Without a status of success, no browser would go on.
 */
export const preflightAnswer: Answer = { status: 204 };
