import type { Upload } from '../../core/create-upload.ts';
import { maxImageBytes } from '../../core/image-limits.ts';
import { readUrlOf } from './acceptance.ts';
import { loggedId } from './request-log.ts';
import type { Answer, Event } from './types.ts';

/** 201: how to send the image, and where its predictions will be. */
export function uploadAnswer(event: Event, { request, form, formExpiresAt }: Upload): Answer {
  const { id, model, status } = request;
  const readUrl = readUrlOf(event, id);
  const upload = { ...form, expires_at: new Date(formExpiresAt).toISOString(), max_bytes: maxImageBytes };
  return {
    status: 201,
    body: { success: true, req_id: id, model, status, read_url: readUrl, upload },
    headers: { location: readUrl },
    log: { request: loggedId(id), model },
  };
}
