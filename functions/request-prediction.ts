import { submitServices } from '../aws/services.ts';
import { acceptImage, type SubmitServices } from '../core/accept.ts';
import { prepareImage } from '../imaging/prepare.ts';
import { accepted } from './http/accepted.ts';
import { header } from './http/header.ts';
import { http, routeAtFirstCall } from './http/http.ts';
import { readImageBody } from './http/image-body.ts';
import { senderOf } from './http/sender.ts';
import type { HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

/** `POST /requestPrediction/{model}`: takes an image, gives the id under which its classes can be read. */
export function requestPrediction(services: SubmitServices, log: Log): HttpFunction {
  return http(routes.requestPrediction.methods, log, async (event) => {
    const request = await acceptImage(services, {
      model: event.pathParameters?.model ?? '',
      image: await readImageBody(event),
      idempotencyKey: header(event, 'idempotency-key'),
      sender: senderOf(event),
    });
    return accepted(event, request, 202);
  });
}

export const handler = routeAtFirstCall((log) =>
  requestPrediction({ ...submitServices(process.env), prepare: prepareImage }, log),
);
