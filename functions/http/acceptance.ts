import type { VisibleRequest } from '../../core/request.ts';
import { loggedId } from './request-log.ts';
import type { Answer, Event } from './types.ts';

/** 202: the request is taken, and where its predictions will be. */
export function acceptance(event: Event, { id, model, status }: VisibleRequest): Answer {
  const readUrl = readUrlOf(event, id);
  return {
    status: 202,
    body: { success: true, req_id: id, model, status, read_url: readUrl },
    headers: { location: readUrl },
    log: { request: loggedId(id), model },
  };
}

/** Where a request's predictions will be. */
export function readUrlOf(event: Event, id: string): string {
  return `${baseUrl(event)}/readPrediction/${id}`;
}

/** The address under which the caller reached us, or nothing where it is unknown: then links are relative to it. */
function baseUrl({ requestContext, headers }: Event): string {
  const scheme = headers['x-forwarded-proto'] === 'http' ? 'http' : 'https';
  return requestContext.domainName ? `${scheme}://${requestContext.domainName}` : '';
}
