import type { ModelId } from './catalogue.ts';
import type { PackedChunk } from './chunks.ts';
import type { Prediction } from './predictions.ts';
import type { ChunkSeconds, RecentRuns } from './recent-runs.ts';
import type { PendingRequest, PredictionRequest, RunningRequest } from './request.ts';

/** Milliseconds since 1970. */
export type Clock = () => number;

/** A new request id: 56 hex characters (28 bytes) from a secure source. */
export type NewId = () => string;

/** The stored requests. What may happen to one is in request.ts; steps.ts does it by `replace`. */
export interface RequestRows {
  /** Adds a new request. False, and no change, when there is one with this id. */
  add(request: PredictionRequest): Promise<boolean>;
  get(id: string): Promise<PredictionRequest | undefined>;
  /**
   * Puts `after` in the place of `before`, atomically, if the stored request still has the version of `before`.
   * @returns `after` itself when it was stored; otherwise the request that is stored instead, undefined when there is none
   */
  replace(before: PredictionRequest, after: PredictionRequest): Promise<PredictionRequest | undefined>;
  /** The pending requests of a model, oldest first, read page by page as they are consumed. May lag behind. */
  pending(model: ModelId): AsyncIterable<PendingRequest>;
  /** How many pending requests of its model are older; undefined when they are too many to count, 1000 or so. */
  ahead(request: PendingRequest): Promise<number | undefined>;
  /** How many requests of a model are pending, counted up to `atMost`. */
  waiting(model: ModelId, atMost: number): Promise<number>;
  /** The running requests whose lease has expired, the longest overdue first, read page by page. May lag behind. */
  expired(now: number): AsyncIterable<RunningRequest>;
}

/** What an idempotency key stands for. */
export interface Reservation {
  readonly requestId: string;
  /** SHA-256 of the image, hex. */
  readonly imageHash: string;
}

export interface IdempotencyKeys {
  /**
   * Makes `key` stand for `reservation` until `expiresAt`, unless it stands for something already.
   * Atomic: concurrent callers all get the first one's reservation.
   * @param insteadOf a request for which the key is not to stand any more
   * @returns what the key stands for
   */
  reserve(
    key: string,
    reservation: Reservation,
    now: number,
    expiresAt: number,
    insteadOf?: string,
  ): Promise<Reservation>;
}

/** What each holder of an API key has sent today. */
export interface Quotas {
  /**
   * Counts one request of a sender on a day, unless it has sent `limit` already. Atomic.
   * @param day UTC, such as `2026-11-24`
   * @returns whether it was within the limit
   */
  spend(sender: string, day: string, limit: number): Promise<boolean>;
}

/** What runs leave behind for those who wait. It only informs: of runs that overlap, it may lose some chunks. */
export interface RunHistory {
  /** Undefined before the first run. */
  get(): Promise<RecentRuns | undefined>;
  /** @param period from this start to the next, ms */
  began(startedAt: number, period: number): Promise<void>;
  /** Adds what chunks took. */
  took(seconds: ChunkSeconds): Promise<void>;
}

/**
 * Turns an image file, which is untrusted, into what a network takes.
 * @param size height and width of the network's input, pixels
 * @returns size x size x 3, uint8 RGB
 * @throws CallerError `empty_image`, `too_large`, `unsupported_image`, `bad_dimensions` or `broken_image`
 */
export type PrepareImage = (file: Uint8Array, size: number) => Promise<Uint8Array>;

/** Files under keys. */
export interface Objects {
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /** The bytes, or undefined when there is nothing under this key. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** No error when there is nothing under this key. */
  delete(key: string): Promise<void>;
}

/** What a browser needs to put a file into the store by itself: a POST of these fields, then its own, the file last. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The only files that an upload form lets through. */
export interface UploadLimits {
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Of the file, hex; without it, the form takes any content. */
  readonly sha256?: string;
}

export interface UploadForms {
  /**
   * Returns a form that puts files of an image's type under `key`, within `limits`, until `expiresAt`. It can be posted any
   * number of times until then.
   */
  sign(key: string, limits: UploadLimits, expiresAt: number): Promise<UploadForm>;
}

/** What a provider returned for a chunk, in a valid form; whether it is true is another question. */
export interface ChunkReply {
  /** Node id on the Golem Network. */
  readonly provider: string;
  readonly agreement: string;
  /** Such as `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
  /** SHA-256 of the ONNX file, hex. */
  readonly modelSha256: string;
  /** One list of predictions per image, in the chunk's order. */
  readonly answers: readonly (readonly Prediction[])[];
}

export interface AskOptions {
  /** Node ids of providers that must not be given this chunk. */
  readonly avoid?: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** The Golem Network, as the requestor's domain sees it. */
export interface Providers {
  /**
   * Has one provider run the chunk's network on its images, and returns its reply. Ends within a deadline.
   * @throws ProviderError when the provider failed or its reply is not valid: another one may do better. It names the provider
   * @throws PlatformError when no provider could be engaged: trying again at once will not help. Its code is
   *   `budgetUsedUp` when none may be, because the run has spent what it may
   * @throws what `signal` was aborted with, at once
   */
  ask(chunk: PackedChunk, options: AskOptions): Promise<ChunkReply>;
  /**
   * Engages this provider no more in this run. What it is working on for others may come to its end.
   * @param reason for the log
   */
  blame(provider: string, reason: string): void;
  /** Ends all agreements, pays their invoices and frees everything, within a deadline. Returns what it all cost. */
  close(): Promise<RunCost>;
}

/** What providers were paid in a run. */
export interface RunCost {
  /** Of all invoices accepted, GLM. */
  readonly glm: number;
  readonly invoices: number;
  /** Bills that were not paid, because they are wrong or nothing was left for them. */
  readonly billsRefused: number;
  /** The arithmetic of the first ones. */
  readonly refusals: readonly string[];
  /** Providers that were left out because a process died while they had a job in hand. */
  readonly leftOut: readonly string[];
}
