import { submitServices } from '../aws/services.ts';
import { acceptImage, type SubmitServices } from '../core/accept.ts';
import { prepareImage } from '../imaging/prepare.ts';
import { acceptance } from './http/acceptance.ts';
import { header } from './http/header.ts';
import { http } from './http/http.ts';
import { readImageBody } from './http/image-body.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';

/** `POST /requestPrediction/{model}`: takes an image, gives the id under which its classes can be read. */
export function requestPrediction(services: SubmitServices, log: Log): HttpFunction {
  return http(['POST'], log, async (event) => {
    const request = await acceptImage(services, {
      model: event.pathParameters?.model ?? '',
      image: await readImageBody(event),
      idempotencyKey: header(event, 'idempotency-key'),
    });
    return acceptance(event, request);
  });
}

export const handler = requestPrediction({ ...submitServices(process.env), prepare: prepareImage }, lambdaLog());
