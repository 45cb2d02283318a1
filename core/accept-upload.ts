import { storeTensor } from './accept.ts';
import { findModel } from './catalogue.ts';
import { CallerError } from './errors.ts';
import { tensorKey, uploadKey } from './keys.ts';
import type { Clock, Objects, PrepareImage, RequestRows } from './ports.ts';
import { type Failure, hasUploadExpired, type PredictionRequest, uploadExpired } from './request.ts';

/** What taking in an uploaded image needs. */
export interface AcceptUploadServices {
  readonly rows: Pick<RequestRows, 'get' | 'uploaded' | 'failUpload'>;
  readonly objects: Objects;
  readonly prepare: PrepareImage;
  readonly clock: Clock;
}

/** What became of an uploaded image. */
export type UploadEnd =
  | { readonly type: 'pending' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** Nobody waits for it: it was taken in before, has gone, or was never asked for. */
  | { readonly type: 'ignored' };

/**
 * Takes in the image that was uploaded for a request: prepares it as the other door does, makes the request pending, or
 * failed with the reason that a caller there would have got, and deletes the file. Can be called any number of times,
 * also at once, and be broken off anywhere: the file goes last, so that until then another call can do it all again.
 * @throws PlatformError when a store failed: to be called again
 */
export async function acceptUpload(services: AcceptUploadServices, id: string): Promise<UploadEnd> {
  const end = await takeIn(services, id);
  await services.objects.delete(uploadKey(id));
  return end;
}

async function takeIn(services: AcceptUploadServices, id: string): Promise<UploadEnd> {
  const { rows, objects, clock } = services;
  const request = await rows.get(id);
  if (request?.status !== 'uploading') return { type: 'ignored' };
  if (hasUploadExpired(request, clock())) return fail(services, id, uploadExpired);
  const file = await objects.get(uploadKey(id));
  if (!file) return { type: 'ignored' };

  const tensor = await prepare(services, request, file);
  if (!(tensor instanceof Uint8Array)) return fail(services, id, tensor);
  await storeTensor(objects, id, tensor);
  if (await rows.uploaded(id, clock())) return { type: 'pending' };
  return giveWay(services, id);
}

/** The tensor, or why there is none. */
async function prepare(
  services: AcceptUploadServices,
  request: PredictionRequest,
  file: Uint8Array,
): Promise<Uint8Array | Failure> {
  try {
    return await services.prepare(file, findModel(request.model).size);
  } catch (error) {
    if (error instanceof CallerError) return { code: error.code, message: error.message };
    throw error;
  }
}

async function fail({ rows, clock }: AcceptUploadServices, id: string, failure: Failure): Promise<UploadEnd> {
  const failed = await rows.failUpload(id, failure, clock());
  return failed ? { type: 'failed', failure } : { type: 'ignored' };
}

/** While the image was prepared, another call took it in, and its tensor is this one; or the time ran out, or it was erased. */
async function giveWay(services: AcceptUploadServices, id: string): Promise<UploadEnd> {
  const end = await fail(services, id, uploadExpired);
  const isErased = end.type === 'ignored' && (await services.rows.get(id)) === undefined;
  if (end.type === 'failed' || isErased) await services.objects.delete(tensorKey(id));
  return end;
}
