import { createHash } from 'node:crypto';
import { requireInstalled } from './availability.ts';
import { findModel, type InstalledModels, type ModelId } from './catalogue.ts';
import { CallerError, PlatformError } from './errors.ts';
import { tensorKey } from './keys.ts';
import type { Clock, IdempotencyKeys, NewId, Objects, PrepareImage, RequestRows } from './ports.ts';
import { newRequest, type PredictionRequest } from './request.ts';

/** Dependencies of `acceptImage`. */
export interface SubmitServices {
  readonly rows: RequestRows;
  readonly objects: Objects;
  readonly idempotency: IdempotencyKeys;
  readonly prepare: PrepareImage;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly installed: InstalledModels;
}

/** An image that someone wants classified. Nothing in it has been checked. */
export interface Submission {
  /** A model's id or name, in any spelling. */
  readonly model: string;
  /** An image file. */
  readonly image: Uint8Array;
  /** Two submissions with the same key and model are one. */
  readonly idempotencyKey?: string | undefined;
}

/** An idempotency key is remembered this long, in ms. */
export const idempotencyMs = 24 * 3_600_000;

/**
 * Turns a submission into a pending request. The prepared image is stored before the request, so that a request is
 * never seen without its image; of a refused submission nothing is stored.
 * @throws CallerError when it cannot be served: the model, the key or the image is at fault
 */
export async function acceptImage(services: SubmitServices, submission: Submission): Promise<PredictionRequest> {
  const model = findModel(submission.model);
  requireInstalled(services.installed, model);
  const key = submission.idempotencyKey;
  if (key !== undefined) checkKey(key);
  const tensor = await services.prepare(submission.image, model.size);

  if (key === undefined) return storeOnce(services, model.id, tensor);
  const id = await reserveId(services, model.id, key, submission.image);
  return storeAgain(services, id, model.id, tensor);
}

const longestKey = 255;

function checkKey(key: string): void {
  if (key.length > longestKey || !/^[\x20-\x7e]+$/.test(key)) {
    const rule = `1 to ${longestKey} printable ASCII characters`;
    throw new CallerError('bad_idempotency_key', `The header Idempotency-Key must have ${rule}.`);
  }
}

/** Nobody knows the new id yet, so when the request cannot be added, its image is of no use to anyone. */
async function storeOnce(services: SubmitServices, model: ModelId, tensor: Uint8Array): Promise<PredictionRequest> {
  const id = services.newId();
  try {
    return await store(services, id, model, tensor);
  } catch (error) {
    await services.objects.delete(tensorKey(id)).catch(() => undefined);
    throw error;
  }
}

/** The id for which the key stands: a new one, or that of the first submission with this key. */
async function reserveId(services: SubmitServices, model: ModelId, key: string, image: Uint8Array): Promise<string> {
  const imageHash = createHash('sha256').update(image).digest('hex');
  const reserved = await services.idempotency.reserve(
    createHash('sha256').update(`${model}\n${key}`).digest('hex'),
    { requestId: services.newId(), imageHash },
    services.clock(),
    services.clock() + idempotencyMs,
  );
  if (reserved.imageHash !== imageHash) {
    throw new CallerError('idempotency_conflict', 'This Idempotency-Key was used with another image before.');
  }
  return reserved.requestId;
}

/**
 * The first submission may have stopped anywhere, or be under way still. As long as nobody has begun to work on the
 * request, storing the same image and the same request again completes it, and undoes nothing.
 */
async function storeAgain(
  services: SubmitServices,
  id: string,
  model: ModelId,
  tensor: Uint8Array,
): Promise<PredictionRequest> {
  const request = await services.rows.get(id);
  return request && request.status !== 'pending' ? request : store(services, id, model, tensor);
}

async function store(
  services: SubmitServices,
  id: string,
  model: ModelId,
  tensor: Uint8Array,
): Promise<PredictionRequest> {
  const { rows, objects, clock } = services;
  await storeTensor(objects, id, tensor);
  const request = newRequest(id, model, clock());
  if (await rows.add(request)) return request;
  // Ids do not collide: this is the same submission, added by an earlier try whose answer was lost.
  const added = await rows.get(id);
  if (!added) throw new PlatformError('request_vanished', 'A request was refused as known, and then not found.');
  return added;
}

/** Stores a request's prepared image. */
export async function storeTensor(objects: Objects, id: string, tensor: Uint8Array): Promise<void> {
  await objects.put(tensorKey(id), tensor, 'application/octet-stream');
}
