import { CallerError } from './errors.ts';
import type { Clock, RequestRows } from './ports.ts';
import { asOf, type PredictionRequest } from './request.ts';

/** What reading a prediction needs. */
export interface ReadServices {
  readonly rows: Pick<RequestRows, 'get'>;
  readonly clock: Clock;
}

const requestId = /^[0-9a-f]{56}$/;

/**
 * The request of an id that a caller gave, in either case.
 * @throws CallerError `unknown_request`; also, without a look-up, for what cannot be an id
 */
export async function findRequest({ rows, clock }: ReadServices, id: string): Promise<PredictionRequest> {
  const wanted = id.toLowerCase();
  const request = requestId.test(wanted) ? await rows.get(wanted) : undefined;
  if (!request) {
    throw new CallerError('unknown_request', 'There is no request of this id, or its result is not kept any more.');
  }
  return asOf(request, clock());
}
