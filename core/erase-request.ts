import { findRequest } from './find-request.ts';
import { tensorKey, uploadKey } from './keys.ts';
import type { Clock, Objects, RequestRows } from './ports.ts';

/** What erasing a request needs. */
export interface EraseServices {
  readonly rows: Pick<RequestRows, 'get' | 'erase'>;
  readonly objects: Pick<Objects, 'delete'>;
  readonly clock: Clock;
}

/**
 * Erases a request and all that is stored of it, whatever its status. The row goes last: broken off anywhere, the same
 * call can be made again. A run that is working on it finds no row to store its answer in, and drops it.
 * @throws CallerError `unknown_request`
 */
export async function eraseRequest(services: EraseServices, wanted: string): Promise<void> {
  const { id } = await findRequest(services, wanted);
  await Promise.all([tensorKey(id), uploadKey(id)].map((key) => services.objects.delete(key)));
  await services.rows.erase(id);
}
