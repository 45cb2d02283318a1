import { eraseServices } from '../aws/services.ts';
import { type EraseServices, eraseRequest } from '../core/erase-request.ts';
import { http, routeAtFirstCall } from './http/http.ts';
import type { HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

/** `DELETE /predictions/{id}`: cancels a request and erases all that is stored of it. */
export function deletePrediction(services: EraseServices, log: Log): HttpFunction {
  return http(routes.deletePrediction.methods, log, async (event) => {
    await eraseRequest(services, event.pathParameters?.id ?? '');
    return { status: 204 };
  });
}

export const handler = routeAtFirstCall((log) => deletePrediction(eraseServices(process.env), log));
