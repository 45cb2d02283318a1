import { createUploadServices } from '../aws/services.ts';
import { type CreateUploadServices, createUpload as createUploadIn, type Upload } from '../core/create-upload.ts';
import { accepted } from './http/accepted.ts';
import { readAnnouncement } from './http/announcement.ts';
import { http, routeAtFirstCall } from './http/http.ts';
import { senderOf } from './http/sender.ts';
import type { Answer, Event, HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

/** `POST /uploads/{model}`: gives a form by which a browser can send its image, and the id of its classes. */
export function createUpload(services: CreateUploadServices, log: Log): HttpFunction {
  return http(routes.createUpload.methods, log, async (event) => {
    const model = event.pathParameters?.model ?? '';
    const upload = await createUploadIn(services, { model, sender: senderOf(event), ...readAnnouncement(event) });
    return answer(event, upload);
  });
}

/** 201: how to send the image, and where its predictions will be. */
function answer(event: Event, { request, form, maxBytes, formExpiresAt }: Upload): Answer {
  const upload = { ...form, expires_at: new Date(formExpiresAt).toISOString(), max_bytes: maxBytes };
  return accepted(event, request, 201, { upload });
}

export const handler = routeAtFirstCall((log) => createUpload(createUploadServices(process.env), log));
