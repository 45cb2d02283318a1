import type { ModelId, WeightsOrigin } from './catalogue.ts';
import type { Prediction } from './predictions.ts';

/**
 * A request's life:
 *
 *     uploading -> pending <-> running -> done
 *         |           |           |
 *         +-----------+-----------+----> failed
 *
 * The functions below are its only transitions. They are pure; a store applies one atomically, under the condition
 * that the function states. In any of them a request can be erased; then no transition holds. All times are milliseconds since 1970.
 */
export type Status = 'uploading' | 'pending' | 'running' | 'done' | 'failed';

/** The right of one requestor run to work on a request, until it runs out. */
export interface Lease {
  /** A token that only this run knows. */
  readonly owner: string;
  readonly until: number;
}

/** Why a request failed, in words for the person who made it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What a provider's checked answer adds to a request. */
export interface Outcome {
  readonly predictions: readonly Prediction[];
  readonly weights: WeightsOrigin;
  /** The provider's id on the Golem Network. */
  readonly provider: string;
}

export interface PredictionRequest {
  /** 56 hex characters; the only key to the result. */
  readonly id: string;
  readonly model: ModelId;
  readonly status: Status;
  readonly createdAt: number;
  /** While it waits for its image: until when. */
  readonly uploadUntil?: number;
  /** When the last attempt began. */
  readonly startedAt?: number;
  readonly completedAt?: number;
  /** How often a run has claimed it and tried. */
  readonly attempts: number;
  readonly lease?: Lease;
  readonly outcome?: Outcome;
  /** Of a failed request: the reason. Of a pending one: why its last attempt came to nothing. */
  readonly failure?: Failure;
}

/** A request fails after this many attempts, with the last reason. */
export const maxAttempts = 3;
/** A run's claim on a request, in ms: longer than any run is allowed to take. */
export const leaseMs = 15 * 60_000;
/**
 * A request waits this long for its image, in ms: longer than the upload's form is valid, because S3 tells of an upload
 * some time after it, and what fails to take it in is tried again.
 */
export const uploadMs = 15 * 60_000;

export function newRequest(id: string, model: ModelId, now: number): PredictionRequest {
  return { id, model, status: 'pending', createdAt: now, attempts: 0 };
}

/** A request whose image is still to be uploaded. */
export function newUpload(id: string, model: ModelId, now: number): PredictionRequest {
  return { id, model, status: 'uploading', createdAt: now, attempts: 0, uploadUntil: now + uploadMs };
}

/** To pending, because its image is there. If it waits for one, and its time is not over. */
export function uploaded(request: PredictionRequest, now: number): PredictionRequest | undefined {
  if (request.status !== 'uploading' || hasUploadExpired(request, now)) return undefined;
  const { uploadUntil: _, ...rest } = request;
  return { ...rest, status: 'pending' };
}

/** To failed, because its image is of no use or did not come in time. If it waits for one. */
export function failUpload(request: PredictionRequest, failure: Failure, now: number): PredictionRequest | undefined {
  return request.status === 'uploading' ? ended(request, failure, now) : undefined;
}

export const uploadExpired: Failure = {
  code: 'upload_expired',
  message: `No image arrived within ${uploadMs / 60_000} minutes. Ask for a new upload and send the image again.`,
};

export function hasUploadExpired({ status, uploadUntil }: PredictionRequest, now: number): boolean {
  return status === 'uploading' && uploadUntil !== undefined && uploadUntil < now;
}

/** A request as it stands now: one whose image has not come in time has failed, though nobody has written that down. */
export function asOf(request: PredictionRequest, now: number): PredictionRequest {
  if (!hasUploadExpired(request, now)) return request;
  return ended(request, uploadExpired, request.uploadUntil ?? now);
}

/**
 * To running. If it is pending, or running under a lease that has run out. A claim made twice under the same lease
 * (because the first answer was lost) holds and changes nothing.
 */
export function claim(request: PredictionRequest, lease: Lease, now: number): PredictionRequest | undefined {
  if (holdsLease(request, lease)) return request;
  const free = request.status === 'pending' || hasExpired(request, now);
  if (!free) return undefined;
  const { failure: _, ...rest } = request;
  return { ...rest, status: 'running', startedAt: now, attempts: request.attempts + 1, lease };
}

/** To done. If it is still leased by `owner`, even when the lease has run out: nobody else has taken it. */
export function complete(
  request: PredictionRequest,
  owner: string,
  outcome: Outcome,
  now: number,
): PredictionRequest | undefined {
  if (!isLeasedBy(request, owner)) return undefined;
  const { lease: _, ...rest } = request;
  return { ...rest, status: 'done', completedAt: now, outcome };
}

/** To failed, for good. If it is leased by `owner`. */
export function fail(
  request: PredictionRequest,
  owner: string,
  failure: Failure,
  now: number,
): PredictionRequest | undefined {
  if (!isLeasedBy(request, owner)) return undefined;
  return ended(request, failure, now);
}

/** Back to pending because the attempt failed; to failed when it was the last one. If it is leased by `owner`. */
export function retry(
  request: PredictionRequest,
  owner: string,
  failure: Failure,
  now: number,
): PredictionRequest | undefined {
  if (!isLeasedBy(request, owner)) return undefined;
  return request.attempts >= maxAttempts ? ended(request, failure, now) : pendingAgain(request, failure);
}

/** Back to pending as if it had never been claimed (a run that must stop). If it is leased by `owner`. */
export function release(request: PredictionRequest, owner: string): PredictionRequest | undefined {
  if (!isLeasedBy(request, owner)) return undefined;
  return pendingAgain({ ...request, attempts: request.attempts - 1 });
}

export const leaseRanOut: Failure = {
  code: 'lease_ran_out',
  message: 'The run that worked on this request ended without an answer.',
};

/** What `retry` does, for a request whose run has vanished. If its lease has run out. */
export function recover(request: PredictionRequest, now: number): PredictionRequest | undefined {
  if (!hasExpired(request, now)) return undefined;
  return request.attempts >= maxAttempts ? ended(request, leaseRanOut, now) : pendingAgain(request, leaseRanOut);
}

export function holdsLease(request: PredictionRequest, lease: Lease): boolean {
  return isLeasedBy(request, lease.owner) && request.lease?.until === lease.until;
}

function isLeasedBy(request: PredictionRequest, owner: string): boolean {
  return request.status === 'running' && request.lease?.owner === owner;
}

function hasExpired(request: PredictionRequest, now: number): boolean {
  return request.status === 'running' && request.lease !== undefined && request.lease.until < now;
}

function pendingAgain(request: PredictionRequest, failure?: Failure): PredictionRequest {
  const { lease: _, failure: __, ...rest } = request;
  return { ...rest, status: 'pending', ...(failure && { failure }) };
}

function ended(request: PredictionRequest, failure: Failure, now: number): PredictionRequest {
  const { lease: _, uploadUntil: __, ...rest } = request;
  return { ...rest, status: 'failed', completedAt: now, failure };
}
