import type { ModelId } from '../core/catalogue.ts';
import type { Failure, Outcome, PredictionRequest, Status } from '../core/request.ts';
import { dayMs } from '../core/retention.ts';

/** A request as it stands in the table. Times are ms since 1970, but for `expires_at`, which DynamoDB wants in s. */
export interface RequestItem {
  readonly id: string;
  readonly model: ModelId;
  readonly status: Status;
  readonly created_at: number;
  readonly upload_until?: number;
  readonly started_at?: number;
  readonly completed_at?: number;
  readonly attempts: number;
  readonly lease_owner?: string;
  readonly lease_until?: number;
  readonly outcome?: Outcome;
  readonly failure?: Failure;
  /** The queue to which the request returns whenever it is pending. */
  readonly lane: string;
  readonly queue?: string;
  readonly due?: number;
  readonly expires_at?: number;
}

const shardCount = 4;

/** Queues are divided, because DynamoDB serves one index partition only so fast. */
export const shards: readonly number[] = Array.from({ length: shardCount }, (_, shard) => shard);

export const pendingQueue = (model: ModelId, shard: number): string => `${model}#${shard}`;

export const leasedQueue = (shard: number): string => `leased#${shard}`;
leasedQueue.ofRequest = (id: string): string => leasedQueue(shardOf(id));

/** Ids are random hex, so their last digit spreads them evenly. */
function shardOf(id: string): number {
  return Number.parseInt(id.slice(-1), 16) % shardCount;
}

/**
 * Of a new request, pending or uploading: the only states in which a whole item is written.
 * @param resultDays how long it is kept once it has ended
 */
export function toItem(request: PredictionRequest, resultDays: number): RequestItem {
  const { id, model, status, createdAt, attempts, uploadUntil } = request;
  const lane = pendingQueue(model, shardOf(id));
  const item = { id, model, status, created_at: createdAt, attempts, lane };
  if (status === 'pending') return { ...item, queue: lane, due: createdAt };
  if (status === 'uploading' && uploadUntil !== undefined) {
    return { ...item, upload_until: uploadUntil, expires_at: expiresAt(uploadUntil, resultDays) };
  }
  throw new Error(`A request is stored when it is pending or uploading, not ${status}.`);
}

/** When DynamoDB may forget a request that has ended, in s. */
export function expiresAt(endedAt: number, resultDays: number): number {
  return Math.ceil((endedAt + resultDays * dayMs) / 1000);
}

export function toRequest(item: RequestItem): PredictionRequest {
  return {
    id: item.id,
    model: item.model,
    status: item.status,
    createdAt: item.created_at,
    attempts: item.attempts,
    ...(item.upload_until !== undefined && { uploadUntil: item.upload_until }),
    ...(item.started_at !== undefined && { startedAt: item.started_at }),
    ...(item.completed_at !== undefined && { completedAt: item.completed_at }),
    ...(item.lease_owner !== undefined &&
      item.lease_until !== undefined && { lease: { owner: item.lease_owner, until: item.lease_until } }),
    ...(item.outcome && { outcome: item.outcome }),
    ...(item.failure && { failure: item.failure }),
  };
}
