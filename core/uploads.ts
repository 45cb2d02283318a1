import { storeTensor } from './accept.ts';
import { requireInstalled } from './availability.ts';
import { findModel, type InstalledModels } from './catalogue.ts';
import { CallerError } from './errors.ts';
import { maxImageBytes } from './image/limits.ts';
import { prepareImage } from './image/prepare.ts';
import { tensorKey, uploadKey } from './keys.ts';
import type { Clock, NewId, Objects, RequestRows, UploadForm, UploadForms } from './ports.ts';
import { type Failure, hasUploadExpired, newUpload, type PredictionRequest, uploadExpired } from './request.ts';

/** What giving out an upload needs. */
export interface CreateUploadServices {
  readonly rows: Pick<RequestRows, 'add'>;
  readonly forms: UploadForms;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly installed: InstalledModels;
}

/** What taking in an uploaded image needs. */
export interface AcceptUploadServices {
  readonly rows: Pick<RequestRows, 'get' | 'uploaded' | 'failUpload'>;
  readonly objects: Objects;
  readonly clock: Clock;
}

/** A request that waits for its image, and how the image can be sent. */
export interface Upload {
  readonly request: PredictionRequest;
  readonly form: UploadForm;
  /** ms since 1970. */
  readonly formExpiresAt: number;
}

/** What became of an uploaded image. */
export type UploadEnd =
  | { readonly type: 'pending' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** Nobody waits for it: it was taken in before, has gone, or was never asked for. */
  | { readonly type: 'ignored' };

/** A form is valid this long, in ms. */
export const formMs = 5 * 60_000;

/**
 * Makes a request that waits for its image, and the form by which a browser can send that.
 * @param modelName a model's id or name, in any spelling
 * @throws CallerError `unknown_model` or `model_unavailable`; then nothing is stored
 */
export async function createUpload(services: CreateUploadServices, modelName: string): Promise<Upload> {
  const { rows, forms, clock, newId, installed } = services;
  const model = findModel(modelName);
  requireInstalled(installed, model);
  const now = clock();
  const request = newUpload(newId(), model.id, now);
  const formExpiresAt = now + formMs;
  const form = await forms.sign(uploadKey(request.id), maxImageBytes, formExpiresAt);
  await rows.add(request);
  return { request, form, formExpiresAt };
}

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

  const tensor = await prepare(request, file);
  if (!(tensor instanceof Uint8Array)) return fail(services, id, tensor);
  await storeTensor(objects, id, tensor);
  if (await rows.uploaded(id, clock())) return { type: 'pending' };
  return giveWay(services, id);
}

/** The tensor, or why there is none. */
async function prepare(request: PredictionRequest, file: Uint8Array): Promise<Uint8Array | Failure> {
  try {
    return await prepareImage(file, findModel(request.model).size);
  } catch (error) {
    if (error instanceof CallerError) return { code: error.code, message: error.message };
    throw error;
  }
}

async function fail({ rows, clock }: AcceptUploadServices, id: string, failure: Failure): Promise<UploadEnd> {
  const failed = await rows.failUpload(id, failure, clock());
  return failed ? { type: 'failed', failure } : { type: 'ignored' };
}

/** While the image was prepared, another call took it in, and its tensor is this one; or the time ran out. */
async function giveWay(services: AcceptUploadServices, id: string): Promise<UploadEnd> {
  const end = await fail(services, id, uploadExpired);
  if (end.type === 'failed') await services.objects.delete(tensorKey(id));
  return end;
}
