import { CallerError } from '../core/errors.ts';
import { http, routeAtFirstCall } from './http/http.ts';
import type { HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

const listed = Object.values(routes).map(({ methods, path }) => `${methods.join(' or ')} ${path}`);

/** Every address that no other function serves. */
export function notFound(log: Log): HttpFunction {
  return http('any', log, () => {
    throw new CallerError('unknown_path', `There is nothing at this address. The routes are: ${listed.join(', ')}.`);
  });
}

export const handler = routeAtFirstCall(notFound);
