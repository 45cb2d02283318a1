import { readServices } from '../aws/services.ts';
import { findRequest, type ReadServices } from '../core/find-request.ts';
import { type WaitServices, waitOf } from '../core/wait.ts';
import { http } from './http/http.ts';
import { predictionAnswer } from './http/prediction-answer.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';

/** `GET` or `POST /readPrediction/{id}`: how a request stands, and its classes once there are some. */
export function readPrediction(services: ReadServices & WaitServices, log: Log): HttpFunction {
  return http(['GET', 'POST'], log, async (event) => {
    const request = await findRequest(services, event.pathParameters?.id ?? '');
    const wait = await waitOf(services, request, (error) =>
      log.error('A part of the wait could not be read.', { error }),
    );
    return predictionAnswer(request, wait);
  });
}

export const handler = readPrediction(readServices(process.env), lambdaLog());
