import { eraseServices } from '../aws/services.ts';
import { type EraseServices, eraseRequest } from '../core/erase-request.ts';
import { http } from './http/http.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';

/** `DELETE /predictions/{id}`: cancels a request and erases all that is stored of it. */
export function deletePrediction(services: EraseServices, log: Log): HttpFunction {
  return http(['DELETE'], log, async (event) => {
    await eraseRequest(services, event.pathParameters?.id ?? '');
    return { status: 204 };
  });
}

export const handler = deletePrediction(eraseServices(process.env), lambdaLog());
