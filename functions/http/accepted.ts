import type { VisibleRequest } from '../../core/request.ts';
import { loggedId } from './request-log.ts';
import type { Answer, Event } from './types.ts';

/** Returns the answer to a new request, 201 or 202: its id, and where its predictions will be. */
export function accepted(event: Event, request: VisibleRequest, status: 201 | 202, more: object = {}): Answer {
  const { id, model } = request;
  const readUrl = `${baseUrl(event)}/readPrediction/${id}`;
  return {
    status,
    body: { success: true, req_id: id, model, status: request.status, read_url: readUrl, ...more },
    headers: { location: readUrl },
    log: { request: loggedId(id), model },
  };
}

/** The address under which the caller reached us, or nothing where it is unknown: then links are relative to it. */
function baseUrl({ requestContext, headers }: Event): string {
  const scheme = headers['x-forwarded-proto'] === 'http' ? 'http' : 'https';
  return requestContext.domainName ? `${scheme}://${requestContext.domainName}` : '';
}
