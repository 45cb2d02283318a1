import { storedRequest, unknownRequest } from './find-request.ts';
import { tensorKey, uploadKey } from './keys.ts';
import type { Clock, Objects, RequestRows } from './ports.ts';
import { clear, erase } from './request.ts';
import { takeStep } from './steps.ts';

/** Dependencies of `eraseRequest`. */
export interface EraseServices {
  readonly rows: Pick<RequestRows, 'get' | 'replace'>;
  readonly objects: Pick<Objects, 'delete'>;
  readonly clock: Clock;
}

/**
 * Erases a request and everything stored for it, whatever its status. The row is erased first, so that nothing can be
 * stored for the request any more: whoever was about to finds the row erased, and deletes what it has stored
 * (accept.ts, accept-upload.ts). Interrupted anywhere, the same call can be made again. A run that is working on the
 * request drops its answer.
 * @throws CallerError `unknown_request`; also when nothing is left to erase
 */
export async function eraseRequest(services: EraseServices, wanted: string): Promise<void> {
  const { rows, objects, clock } = services;
  const request = await storedRequest(rows, wanted);
  if (!request || !(erase(request, clock()) ?? clear(request))) throw unknownRequest();
  const erased = await takeStep(rows, request, (stored) => erase(stored, clock()));
  await Promise.all([tensorKey(request.id), uploadKey(request.id)].map((key) => objects.delete(key)));
  await takeStep(rows, erased ?? request, clear);
}
