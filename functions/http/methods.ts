import { CallerError } from '../../core/errors.ts';
import type { Method } from '../routes.ts';
import { isPreflight } from './preflight.ts';
import type { Middleware } from './types.ts';

/**
 * Refuses the methods that a route does not serve, and tells which it does; answers HEAD as GET without the body. What a
 * browser asks first is let through.
 */
export function methods(served: readonly Method[]): Middleware {
  const allowed: readonly string[] = served.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return {
    before: ({ event }) => {
      const { method } = event.requestContext.http;
      if (allowed.includes(method) || isPreflight(event)) return;
      throw new CallerError('method_not_allowed', `This address takes ${allowed.join(', ')}, not ${method}.`);
    },
    after: ({ event, response }) => {
      if (response && event.requestContext.http.method === 'HEAD') response.body = '';
    },
    onError: ({ error, response }) => {
      if (response && error instanceof CallerError && error.code === 'method_not_allowed') {
        response.headers = { ...response.headers, allow: allowed.join(', ') };
      }
    },
  };
}
