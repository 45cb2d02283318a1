import { createHash } from 'node:crypto';
import { requireInstalled } from './availability.ts';
import { findModel, type InstalledModels, type ModelId } from './catalogue.ts';
import { CallerError, PlatformError } from './errors.ts';
import { tensorKey } from './keys.ts';
import type { Clock, IdempotencyKeys, NewId, Objects, PrepareImage, RequestRows } from './ports.ts';
import { newRequest, type PredictionRequest, type VisibleRequest } from './request.ts';

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
export async function acceptImage(services: SubmitServices, submission: Submission): Promise<VisibleRequest> {
  const model = findModel(submission.model);
  requireInstalled(services.installed, model);
  const key = submission.idempotencyKey;
  if (key !== undefined) checkKey(key);
  const tensor = await services.prepare(submission.image, model.size);

  if (key === undefined) return storeOnce(services, model.id, tensor);
  return storeForKey(services, model.id, key, submission.image, tensor);
}

const longestKey = 255;

function checkKey(key: string): void {
  if (key.length > longestKey || !/^[\x20-\x7e]+$/.test(key)) {
    const rule = `1 to ${longestKey} printable ASCII characters`;
    throw new CallerError('bad_idempotency_key', `The header Idempotency-Key must have ${rule}.`);
  }
}

/** Nobody knows the new id yet, so when the request cannot be added, its image is of no use to anyone. */
async function storeOnce(services: SubmitServices, model: ModelId, tensor: Uint8Array): Promise<VisibleRequest> {
  const id = services.newId();
  try {
    const request = await store(services, id, model, tensor);
    if (request.status !== 'erased') return request;
    throw new PlatformError('request_vanished', 'A new request was erased before anybody knew it.');
  } catch (error) {
    await services.objects.delete(tensorKey(id)).catch(() => undefined);
    throw error;
  }
}

/**
 * Returns the request for which the key stands. The first submission may have stopped anywhere, or still be under way:
 * an image is stored before its request, so a request that is there is complete, and one that is not can be stored again.
 * For an erased request nothing may stay stored; the key then gets a new one.
 */
async function storeForKey(
  services: SubmitServices,
  model: ModelId,
  key: string,
  image: Uint8Array,
  tensor: Uint8Array,
): Promise<VisibleRequest> {
  let erased: string | undefined;
  for (let round = 0; round < maxErasures; round++) {
    const id = await reserveId(services, model, key, image, erased);
    const request = (await services.rows.get(id)) ?? (await store(services, id, model, tensor));
    if (request.status !== 'erased') return request;
    await services.objects.delete(tensorKey(id));
    erased = id;
  }
  throw new PlatformError('idempotency_unsettled', `The request was erased ${maxErasures} times during one call.`);
}

/** Each needs another call of the same submission, and a call that erases its request, during this one. */
const maxErasures = 5;

/** The id for which the key stands: a new one, or that of the first submission with this key. */
async function reserveId(
  services: SubmitServices,
  model: ModelId,
  key: string,
  image: Uint8Array,
  insteadOf?: string,
): Promise<string> {
  const imageHash = createHash('sha256').update(image).digest('hex');
  const reserved = await services.idempotency.reserve(
    createHash('sha256').update(`${model}\n${key}`).digest('hex'),
    { requestId: services.newId(), imageHash },
    services.clock(),
    services.clock() + idempotencyMs,
    insteadOf,
  );
  if (reserved.imageHash !== imageHash) {
    throw new CallerError('idempotency_conflict', 'This Idempotency-Key was used with another image before.');
  }
  return reserved.requestId;
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
  // Ids do not collide: this is the same submission, added by another call or by a try whose answer was lost.
  const added = await rows.get(id);
  if (!added) throw new PlatformError('request_vanished', 'A request was refused as known, and then not found.');
  return added;
}

/** Stores a request's prepared image. */
export async function storeTensor(objects: Objects, id: string, tensor: Uint8Array): Promise<void> {
  await objects.put(tensorKey(id), tensor, 'application/octet-stream');
}
