import { storeTensor } from './accept.ts';
import { findModel } from './catalogue.ts';
import { CallerError } from './errors.ts';
import { tensorKey, uploadKey } from './keys.ts';
import type { Clock, Objects, PrepareImage, RequestRows } from './ports.ts';
import {
  type Failure,
  failUpload,
  hasUploadExpired,
  type PredictionRequest,
  uploadExpired,
  uploaded,
} from './request.ts';
import { takeStep } from './steps.ts';

/** Dependencies of `acceptUpload`. */
export interface AcceptUploadServices {
  readonly rows: Pick<RequestRows, 'get' | 'replace'>;
  readonly objects: Objects;
  readonly prepare: PrepareImage;
  readonly clock: Clock;
}

/** Result of processing an uploaded image. */
export type UploadEnd =
  | { readonly type: 'pending' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** Nobody waits for it: it was accepted before, is gone, or was never asked for. */
  | { readonly type: 'ignored' };

/**
 * Processes the image that was uploaded for a request: preprocesses it like `acceptImage`, makes the request pending, or
 * failed with the reason that `acceptImage` would have given, and deletes the file. Safe to call any number of times,
 * also concurrently, and to interrupt anywhere: the file is deleted last, so until then another call can do it all again.
 * @throws PlatformError when a store failed: to be called again
 */
export async function acceptUpload(services: AcceptUploadServices, id: string): Promise<UploadEnd> {
  const end = await processUpload(services, id);
  await services.objects.delete(uploadKey(id));
  return end;
}

async function processUpload(services: AcceptUploadServices, id: string): Promise<UploadEnd> {
  const { rows, objects, clock } = services;
  const request = await rows.get(id);
  if (!request || request.status === 'erased') return forget(services, id);
  if (request.status !== 'uploading') return { type: 'ignored' };
  if (hasUploadExpired(request, clock())) return fail(services, request, uploadExpired);
  const file = await objects.get(uploadKey(id));
  if (!file) return { type: 'ignored' };

  const tensor = await prepare(services, request, file);
  if (!(tensor instanceof Uint8Array)) return fail(services, request, tensor);
  await storeTensor(objects, id, tensor);
  if (await takeStep(rows, request, (stored) => uploaded(stored, clock()))) return { type: 'pending' };
  return abandon(services, request);
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

async function fail(
  { rows, clock }: AcceptUploadServices,
  request: PredictionRequest,
  failure: Failure,
): Promise<UploadEnd> {
  const failed = await takeStep(rows, request, (stored) => failUpload(stored, failure, clock()));
  return failed ? { type: 'failed', failure } : { type: 'ignored' };
}

/**
 * While the image was being preprocessed, the request stopped waiting for it: another call accepted it, and this tensor
 * is the same; or the time ran out, or the request was erased, and the tensor is of no use.
 */
async function abandon(services: AcceptUploadServices, request: PredictionRequest): Promise<UploadEnd> {
  const end = await fail(services, request, uploadExpired);
  if (end.type === 'failed') {
    await services.objects.delete(tensorKey(request.id));
    return end;
  }
  return (await isThere(services, request.id)) ? end : forget(services, request.id);
}

async function isThere({ rows }: AcceptUploadServices, id: string): Promise<boolean> {
  const request = await rows.get(id);
  return request !== undefined && request.status !== 'erased';
}

/** Deletes what an earlier call, which was interrupted, may have stored for a request that is not there any more. */
async function forget({ objects }: AcceptUploadServices, id: string): Promise<UploadEnd> {
  await objects.delete(tensorKey(id));
  return { type: 'ignored' };
}
