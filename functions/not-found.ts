import { CallerError } from '../core/errors.ts';
import { http } from './http/http.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';

const routes = [
  'POST /requestPrediction/{model}',
  'GET or POST /readPrediction/{id}',
  'DELETE /predictions/{id}',
  'POST /uploads/{model}',
  'GET /models',
  'GET /',
  'GET /openapi.yaml',
];

/** Every address that no other function serves. */
export function notFound(log: Log): HttpFunction {
  return http('any', log, () => {
    throw new CallerError('unknown_path', `There is nothing at this address. The routes are: ${routes.join(', ')}.`);
  });
}

export const handler = notFound(lambdaLog());
