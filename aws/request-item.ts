import type { ModelId } from '../core/catalogue.ts';
import type { FailedAttempt, Failure, Outcome, PredictionRequest, Status } from '../core/request.ts';
import { dayMs } from '../core/retention.ts';

/** A request as stored in the table. Times are ms since 1970, except `expires_at`, which DynamoDB wants in s. */
export interface RequestItem {
  readonly id: string;
  readonly model: ModelId;
  readonly status: Status;
  readonly sender?: string;
  readonly created_at: number;
  readonly attempts: number;
  /** Absent in items that mlg 0.1 wrote. */
  readonly version?: number;
  readonly upload_until?: number;
  readonly started_at?: number;
  readonly completed_at?: number;
  readonly erased_at?: number;
  readonly cleared?: boolean;
  readonly lease_owner?: string;
  readonly lease_until?: number;
  readonly last_attempt?: FailedAttempt;
  readonly outcome?: Outcome;
  readonly failure?: Failure;
  /** Keys of the index: the item is in it while there is work to do on the request. */
  readonly queue?: string;
  readonly due?: number;
  readonly expires_at?: number;
}

/** The version that stands for having none. */
export const unversioned = 0;

const shardCount = 4;

/** Queues are divided, because DynamoDB serves one index partition only so fast. */
export const shards: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard);

export const pendingQueue = (model: ModelId, shard: number): string => `${model}#${shard}`;

export const leasedQueue = (shard: number): string => `leased#${shard}`;

/** Ids are random hex, so their last digit spreads them evenly. */
function shardOf(id: string): number {
  return Number.parseInt(id.slice(-1), 16) % shardCount;
}

/** @param resultDays how long the request is kept once it has ended */
export function toItem(request: PredictionRequest, resultDays: number): RequestItem {
  const { id, model, status, sender, createdAt, attempts, version } = request;
  const item = { id, model, status, ...(sender !== undefined && { sender }), created_at: createdAt, attempts, version };
  switch (request.status) {
    case 'uploading': {
      const { uploadUntil } = request;
      return { ...item, upload_until: uploadUntil, expires_at: expiresAt(uploadUntil, resultDays) };
    }
    case 'pending':
      return {
        ...item,
        ...(request.lastAttempt && { last_attempt: request.lastAttempt }),
        ...{ queue: pendingQueue(model, shardOf(id)), due: createdAt },
      };
    case 'running': {
      const { startedAt, lease, lastAttempt } = request;
      return {
        ...item,
        ...{ started_at: startedAt, lease_owner: lease.owner, lease_until: lease.until },
        ...(lastAttempt && { last_attempt: lastAttempt }),
        ...{ queue: leasedQueue(shardOf(id)), due: lease.until },
      };
    }
    case 'done': {
      const { startedAt, completedAt, outcome } = request;
      const ended = { completed_at: completedAt, expires_at: expiresAt(completedAt, resultDays) };
      return { ...item, started_at: startedAt, outcome, ...ended };
    }
    case 'failed': {
      const { startedAt, completedAt, failure } = request;
      const ended = { completed_at: completedAt, expires_at: expiresAt(completedAt, resultDays) };
      return { ...item, ...(startedAt !== undefined && { started_at: startedAt }), failure, ...ended };
    }
    case 'erased': {
      const { erasedAt, cleared } = request;
      return { ...item, erased_at: erasedAt, cleared, expires_at: expiresAt(erasedAt, erasedDays) };
    }
  }
}

/**
 * How long an erased request's row is kept, days: longer than an idempotency key stands for it, and than any function
 * may still be storing something for it.
 */
const erasedDays = 2;

/** When DynamoDB may remove a request that has ended, in s. */
function expiresAt(endedAt: number, days: number): number {
  return Math.ceil((endedAt + days * dayMs) / 1000);
}

/** @throws TypeError when an attribute that the status requires is missing: mlg did not write this item */
export function toRequest(item: RequestItem): PredictionRequest {
  const { id, model, status, sender, created_at, attempts, version, started_at, last_attempt } = item;
  const base = {
    id,
    model,
    ...(sender !== undefined && { sender }),
    createdAt: created_at,
    attempts,
    version: version ?? unversioned,
  };
  const lastAttempt = last_attempt && { lastAttempt: last_attempt };
  switch (status) {
    case 'uploading':
      return { ...base, status, uploadUntil: present(item, 'upload_until') };
    case 'pending':
      return { ...base, status, ...lastAttempt };
    case 'running': {
      const lease = { owner: present(item, 'lease_owner'), until: present(item, 'lease_until') };
      return { ...base, status, startedAt: present(item, 'started_at'), lease, ...lastAttempt };
    }
    case 'done': {
      const times = { startedAt: present(item, 'started_at'), completedAt: present(item, 'completed_at') };
      return { ...base, status, ...times, outcome: present(item, 'outcome') };
    }
    case 'failed': {
      const startedAt = started_at !== undefined && { startedAt: started_at };
      const completedAt = present(item, 'completed_at');
      return { ...base, status, ...startedAt, completedAt, failure: present(item, 'failure') };
    }
    case 'erased':
      return { ...base, status, erasedAt: present(item, 'erased_at'), cleared: present(item, 'cleared') };
  }
}

function present<Name extends keyof RequestItem>(item: RequestItem, name: Name): NonNullable<RequestItem[Name]> {
  const value = item[name];
  if (value === undefined || value === null) {
    throw new TypeError(`The ${item.status} request ${item.id.slice(0, 8)}… has no ${name}.`);
  }
  return value;
}
