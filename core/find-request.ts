import { CallerError } from './errors.ts';
import type { Clock, RequestRows } from './ports.ts';
import { asOf, type PredictionRequest, type VisibleRequest } from './request.ts';

/** Dependencies of `findRequest`. */
export interface ReadServices {
  readonly rows: Pick<RequestRows, 'get'>;
  readonly clock: Clock;
}

const requestId = /^[0-9a-f]{56}$/;

/**
 * Returns the request with an id that a caller gave, in either case.
 * @throws CallerError `unknown_request`; also, without a look-up, for what cannot be an id
 */
export async function findRequest({ rows, clock }: ReadServices, id: string): Promise<VisibleRequest> {
  const request = await storedRequest(rows, id);
  if (!request || request.status === 'erased') throw unknownRequest();
  return asOf(request, clock());
}

/** The row with an id that a caller gave, erased or not. */
export async function storedRequest(
  rows: Pick<RequestRows, 'get'>,
  id: string,
): Promise<PredictionRequest | undefined> {
  const wanted = id.toLowerCase();
  return requestId.test(wanted) ? rows.get(wanted) : undefined;
}

export function unknownRequest(): CallerError {
  return new CallerError('unknown_request', 'There is no request of this id, or its result is not kept any more.');
}
