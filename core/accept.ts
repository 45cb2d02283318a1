import { createHash } from 'node:crypto';
import type { Admission } from './admission.ts';
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
  readonly admission: Pick<Admission, 'checkBacklog' | 'spend'>;
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
  /** Two submissions of one sender with the same key and model are one. */
  readonly idempotencyKey?: string | undefined;
  /** The id of the sender's API key, where there are keys. */
  readonly sender?: string | undefined;
}

/** An idempotency key is remembered this long, in ms. */
export const idempotencyMs = 24 * 3_600_000;

/**
 * Turns a submission into a pending request. The preprocessed image is stored before the request, so that a request is
 * never seen without its image; nothing is stored of a refused submission.
 * @throws CallerError when it cannot be served: the model, the key, the image or too much of it is at fault
 */
export async function acceptImage(services: SubmitServices, submission: Submission): Promise<VisibleRequest> {
  const model = findModel(submission.model);
  requireInstalled(services.installed, model);
  const { idempotencyKey, image, sender } = submission;
  if (idempotencyKey !== undefined) checkKey(idempotencyKey);
  const prepared = { model: model.id, sender, tensor: await services.prepare(image, model.size) };
  await services.admission.checkBacklog(model);
  if (idempotencyKey === undefined) return storeOnce(services, prepared);
  // Senders do not know each other's keys, and must not meet in one.
  const key = sha256(JSON.stringify([sender ?? null, model.id, idempotencyKey]));
  return storeForKey(services, prepared, key, sha256(image));
}

const longestKey = 255;

function checkKey(key: string): void {
  if (key.length > longestKey || !/^[\x20-\x7e]+$/.test(key)) {
    const rule = `1 to ${longestKey} printable ASCII characters`;
    throw new CallerError('bad_idempotency_key', `The header Idempotency-Key must have ${rule}.`);
  }
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

interface PreparedImage {
  readonly model: ModelId;
  readonly sender: string | undefined;
  readonly tensor: Uint8Array;
}

/** Nobody knows the new id yet, so when the request cannot be added, its image is of no use to anyone. */
async function storeOnce(services: SubmitServices, image: PreparedImage): Promise<VisibleRequest> {
  const id = services.newId();
  try {
    const request = await store(services, id, image);
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
  image: PreparedImage,
  key: string,
  imageHash: string,
): Promise<VisibleRequest> {
  let erased: string | undefined;
  for (let round = 0; round < maxErasures; round++) {
    const id = await reserveId(services, key, imageHash, erased);
    const request = (await services.rows.get(id)) ?? (await store(services, id, image));
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
  { idempotency, newId, clock }: SubmitServices,
  key: string,
  imageHash: string,
  insteadOf: string | undefined,
): Promise<string> {
  const now = clock();
  const reserved = await idempotency.reserve(
    key,
    { requestId: newId(), imageHash },
    now,
    now + idempotencyMs,
    insteadOf,
  );
  if (reserved.imageHash === imageHash) return reserved.requestId;
  throw new CallerError('idempotency_conflict', 'This Idempotency-Key was used with another image before.');
}

async function store(services: SubmitServices, id: string, image: PreparedImage): Promise<PredictionRequest> {
  const { rows, objects, admission, clock } = services;
  const { model, sender, tensor } = image;
  await admission.spend(sender);
  await storeTensor(objects, id, tensor);
  const request = newRequest(id, model, clock(), sender);
  if (await rows.add(request)) return request;
  // Ids do not collide: this is the same submission, added by another call or by a try whose answer was lost.
  const added = await rows.get(id);
  if (!added) throw new PlatformError('request_vanished', 'A request was refused as known, and then not found.');
  return added;
}

/** Stores a request's preprocessed image. */
export async function storeTensor(objects: Objects, id: string, tensor: Uint8Array): Promise<void> {
  await objects.put(tensorKey(id), tensor, 'application/octet-stream');
}
