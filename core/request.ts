import type { ModelId, WeightsOrigin } from './catalogue.ts';
import type { Prediction } from './predictions.ts';

/**
 * The life of a request:
 *
 *     uploading -> pending <-> running -> done
 *         |                       |
 *         +-----------------------+----> failed
 *
 * The functions below are its only transitions. They are pure: each returns the request after the step, or undefined
 * when the step does not apply to the request as it is. steps.ts applies one to a stored request atomically. Any of
 * them can be erased; then no other step applies. All times are milliseconds since 1970.
 */
export type PredictionRequest = VisibleRequest | ErasedRequest;
/** A request as its sender sees it. An erased one is not there any more. */
export type VisibleRequest = UploadingRequest | PendingRequest | RunningRequest | DoneRequest | FailedRequest;
export type Status = PredictionRequest['status'];
/** Statuses in which nothing happens to a request any more. */
export type EndedRequest = DoneRequest | FailedRequest;

interface RequestBase {
  /** 56 hex characters; the only key to the result. */
  readonly id: string;
  readonly model: ModelId;
  /** The id of the API key with which it was made, where there are keys. */
  readonly sender?: string;
  readonly createdAt: number;
  /** How many attempts runs have begun and not handed back. */
  readonly attempts: number;
  /** Counts the steps of the request's life: a step replaces exactly the version that it was computed from. */
  readonly version: number;
}

/** Waits for its image. */
export interface UploadingRequest extends RequestBase {
  readonly status: 'uploading';
  readonly uploadUntil: number;
}

/** Waits for a run. */
export interface PendingRequest extends RequestBase {
  readonly status: 'pending';
  readonly lastAttempt?: FailedAttempt;
}

/** A run works on it. */
export interface RunningRequest extends RequestBase {
  readonly status: 'running';
  readonly startedAt: number;
  readonly lease: Lease;
  /** The attempt before this one. */
  readonly lastAttempt?: FailedAttempt;
}

export interface DoneRequest extends RequestBase {
  readonly status: 'done';
  readonly startedAt: number;
  readonly completedAt: number;
  readonly outcome: Outcome;
}

export interface FailedRequest extends RequestBase {
  readonly status: 'failed';
  /** Absent when no run ever worked on it. */
  readonly startedAt?: number;
  readonly completedAt: number;
  readonly failure: Failure;
}

/**
 * All that stays of an erased request, for a while: its sender cannot see it, but whoever is still storing something
 * for it finds out that it must not.
 */
export interface ErasedRequest extends RequestBase {
  readonly status: 'erased';
  readonly erasedAt: number;
  /** Whether its image has been deleted, too. */
  readonly cleared: boolean;
}

export interface FailedAttempt {
  readonly startedAt: number;
  readonly failure: Failure;
}

/** The right of one requestor run to work on a request, until it expires. */
export interface Lease {
  /** A token that only this run knows. */
  readonly owner: string;
  readonly until: number;
}

/** Why a request or an attempt failed, in words for the person who made the request. */
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

/** A request fails after this many attempts, with the last reason. */
export const maxAttempts = 3;
/** A run's claim on a request, in ms: longer than any run is allowed to take. */
export const leaseMs = 15 * 60_000;
/**
 * A request waits this long for its image, in ms: longer than the upload's form is valid, because S3 reports an upload
 * some time after it, and processing that fails is tried again.
 */
export const uploadMs = 15 * 60_000;

export function newRequest(id: string, model: ModelId, now: number, sender?: string): PendingRequest {
  return { ...newBase(id, model, now, sender), status: 'pending' };
}

/** A request whose image is still to be uploaded. */
export function newUpload(id: string, model: ModelId, now: number, sender?: string): UploadingRequest {
  return { ...newBase(id, model, now, sender), status: 'uploading', uploadUntil: now + uploadMs };
}

/** Uploading to pending, because its image is there; not after its time. */
export function uploaded(request: PredictionRequest, now: number): PendingRequest | undefined {
  if (request.status !== 'uploading' || hasUploadExpired(request, now)) return undefined;
  return { ...baseOf(request), status: 'pending' };
}

/** Uploading to failed, because its image is unusable or did not come in time. */
export function failUpload(request: PredictionRequest, failure: Failure, now: number): FailedRequest | undefined {
  if (request.status !== 'uploading') return undefined;
  return { ...baseOf(request), status: 'failed', completedAt: now, failure };
}

export const uploadExpired: Failure = {
  code: 'upload_expired',
  message: `No image arrived within ${uploadMs / 60_000} minutes. Ask for a new upload and send the image again.`,
};

export function hasUploadExpired({ uploadUntil }: UploadingRequest, now: number): boolean {
  return uploadUntil < now;
}

/** The request as readers see it now: one whose image did not come in time has failed, though nobody has stored that. */
export function asOf(request: VisibleRequest, now: number): VisibleRequest {
  if (request.status !== 'uploading' || !hasUploadExpired(request, now)) return request;
  return failUpload(request, uploadExpired, request.uploadUntil) ?? request;
}

/** Pending to running; also when it is running under a lease that has expired and has attempts left. */
export function claim(request: PredictionRequest, lease: Lease, now: number): RunningRequest | undefined {
  const free = request.status === 'pending' ? request : recover(request, now);
  if (free?.status !== 'pending') return undefined;
  return { ...free, status: 'running', attempts: free.attempts + 1, startedAt: now, lease };
}

/** Running to done, by the lease's owner; also after the lease has expired, when nobody else has taken it. */
export function complete(
  request: PredictionRequest,
  owner: string,
  outcome: Outcome,
  now: number,
): DoneRequest | undefined {
  if (!isLeasedBy(request, owner)) return undefined;
  return { ...baseOf(request), status: 'done', startedAt: request.startedAt, completedAt: now, outcome };
}

/** Running to failed, for good, by the lease's owner. */
export function fail(
  request: PredictionRequest,
  owner: string,
  failure: Failure,
  now: number,
): FailedRequest | undefined {
  return isLeasedBy(request, owner) ? ended(request, failure, now) : undefined;
}

/** Running to pending because the attempt failed, or to failed when it was the last one; by the lease's owner. */
export function retry(
  request: PredictionRequest,
  owner: string,
  failure: Failure,
  now: number,
): PendingRequest | FailedRequest | undefined {
  return isLeasedBy(request, owner) ? afterFailedAttempt(request, failure, now) : undefined;
}

/** Running to pending as if it had never been claimed (the run must stop), by the lease's owner. */
export function release(request: PredictionRequest, owner: string): PendingRequest | undefined {
  if (!isLeasedBy(request, owner)) return undefined;
  const { lease: _, startedAt: __, ...rest } = request;
  return { ...rest, status: 'pending', attempts: request.attempts - 1 };
}

export const leaseExpired: Failure = {
  code: 'lease_ran_out',
  message: 'The run that worked on this request ended without an answer.',
};

/** What `retry` does, for a request whose run has vanished: its lease has expired. */
export function recover(request: PredictionRequest, now: number): PendingRequest | FailedRequest | undefined {
  if (request.status !== 'running' || request.lease.until >= now) return undefined;
  return afterFailedAttempt(request, leaseExpired, now);
}

/** To erased, from any other status. */
export function erase(request: PredictionRequest, now: number): ErasedRequest | undefined {
  if (request.status === 'erased') return undefined;
  return { ...baseOf(request), status: 'erased', erasedAt: now, cleared: false };
}

/** Marks that an erased request's image has been deleted, too. */
export function clear(request: PredictionRequest): ErasedRequest | undefined {
  return request.status === 'erased' && !request.cleared ? { ...request, cleared: true } : undefined;
}

/** When the latest attempt began. */
export function lastStart(request: VisibleRequest): number | undefined {
  const { startedAt, lastAttempt } = request as Partial<RunningRequest>;
  return startedAt ?? lastAttempt?.startedAt;
}

function isLeasedBy(request: PredictionRequest, owner: string): request is RunningRequest {
  return request.status === 'running' && request.lease.owner === owner;
}

function afterFailedAttempt(request: RunningRequest, failure: Failure, now: number): PendingRequest | FailedRequest {
  if (request.attempts >= maxAttempts) return ended(request, failure, now);
  return { ...baseOf(request), status: 'pending', lastAttempt: { startedAt: request.startedAt, failure } };
}

function ended(request: RunningRequest, failure: Failure, now: number): FailedRequest {
  return { ...baseOf(request), status: 'failed', startedAt: request.startedAt, completedAt: now, failure };
}

function newBase(id: string, model: ModelId, createdAt: number, sender: string | undefined): RequestBase {
  return { id, model, ...(sender !== undefined && { sender }), createdAt, attempts: 0, version: 1 };
}

function baseOf({ id, model, sender, createdAt, attempts, version }: PredictionRequest): RequestBase {
  return { id, model, ...(sender !== undefined && { sender }), createdAt, attempts, version };
}
