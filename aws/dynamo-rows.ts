import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ModelId } from '../core/catalogue.ts';
import { mergeSorted } from '../core/merge.ts';
import type { RequestRows } from '../core/ports.ts';
import type { PendingRequest, PredictionRequest, RunningRequest } from '../core/request.ts';
import { awsCall, conditionalWrite } from './calls.ts';
import { workIndex } from './names.ts';
import { leasedQueue, pendingQueue, type RequestItem, shards, toItem, toRequest, unversioned } from './request-item.ts';

/** Items per query page: with the last failure in each, far below DynamoDB's 1 MB. */
const pageSize = 64;
/** Older requests that are counted per shard, at most: a read unit counts some twenty. */
const countedPerShard = 250;

/**
 * Requests in one DynamoDB table with one sparse index, `work` (partition `queue`, sort `due`), which holds an item only
 * while there is work to do on it: pending ones under `<model>#<shard>` by age, running ones under `leased#<shard>` by
 * the end of their lease. A step is one write of one whole item, conditional on its version.
 *
 * DynamoDB calls per request, without failures: one put when it is added, one when it is claimed, one when it ends, and
 * its share of the index queries.
 */
export class DynamoRows implements RequestRows {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #resultDays: number;

  /** @param resultDays how long a request is kept once it has ended */
  constructor(client: DynamoDBDocumentClient, table: string, resultDays: number) {
    this.#client = client;
    this.#table = table;
    this.#resultDays = resultDays;
  }

  async add(request: PredictionRequest): Promise<boolean> {
    const put = new PutCommand({
      TableName: this.#table,
      Item: toItem(request, this.#resultDays),
      ConditionExpression: 'attribute_not_exists(id)',
    });
    return (await conditionalWrite(this.#client.send(put))).held;
  }

  async get(id: string): Promise<PredictionRequest | undefined> {
    const get = new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true });
    const { Item } = await awsCall(this.#client.send(get));
    return Item && toRequest(Item as RequestItem);
  }

  async replace(before: PredictionRequest, after: PredictionRequest): Promise<PredictionRequest | undefined> {
    const put = new PutCommand({
      TableName: this.#table,
      Item: toItem(after, this.#resultDays),
      ...hasVersion(before.version),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const { held, tries, inTheWay } = await conditionalWrite(this.#client.send(put));
    if (held) return after;
    // Not every server says what was in the way.
    const stored = inTheWay ? toRequest(inTheWay as unknown as RequestItem) : await this.get(before.id);
    // The SDK repeats a call whose answer was lost: what is in the way may be what the first try stored.
    return tries > 1 && isDeepStrictEqual(stored, after) ? after : stored;
  }

  pending(model: ModelId): AsyncIterable<PendingRequest> {
    const streams = shards.map((shard) => this.#query('pending', pendingQueue(model, shard)));
    return mergeSorted(streams, (request) => request.createdAt);
  }

  async ahead({ model, createdAt }: PendingRequest): Promise<number | undefined> {
    const counts = await Promise.all(
      shards.map((shard) => this.#count(pendingQueue(model, shard), countedPerShard + 1, createdAt)),
    );
    return counts.some((count) => count > countedPerShard) ? undefined : sum(counts);
  }

  async waiting(model: ModelId, atMost: number): Promise<number> {
    const counts = await Promise.all(shards.map((shard) => this.#count(pendingQueue(model, shard), atMost)));
    return Math.min(sum(counts), atMost);
  }

  expired(now: number): AsyncIterable<RunningRequest> {
    const streams = shards.map((shard) => this.#query('running', leasedQueue(shard), now));
    return mergeSorted(streams, (request) => request.lease.until);
  }

  /** How many items of a queue there are, or were due before that time, counted up to `atMost`. */
  async #count(queue: string, atMost: number, before?: number): Promise<number> {
    let count = 0;
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const range = { ...this.#inQueue(queue, before), Limit: atMost - count, ExclusiveStartKey };
      const page = await awsCall(this.#client.send(new QueryCommand({ ...range, Select: 'COUNT' })));
      count += page.Count ?? 0;
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey && count < atMost);
    return count;
  }

  /** A queue in order of `due`, page by page; with `before`, only what is due before that time. */
  async *#query<S extends 'pending' | 'running'>(
    status: S,
    queue: string,
    before?: number,
  ): AsyncGenerator<Extract<PredictionRequest, { status: S }>> {
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const query = new QueryCommand({ ...this.#inQueue(queue, before), Limit: pageSize, ExclusiveStartKey });
      const page = await awsCall(this.#client.send(query));
      for (const item of page.Items ?? []) {
        const request = toRequest(item as RequestItem);
        if (hasStatus(request, status)) yield request;
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }

  #inQueue(queue: string, before?: number) {
    return {
      TableName: this.#table,
      IndexName: workIndex,
      KeyConditionExpression: before === undefined ? '#queue = :queue' : '#queue = :queue AND due < :before',
      ExpressionAttributeNames: { '#queue': 'queue' },
      ExpressionAttributeValues: { ':queue': queue, ':before': before },
    };
  }
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

function hasVersion(version: number) {
  const ExpressionAttributeNames = { '#version': 'version' };
  if (version === unversioned) {
    const ConditionExpression = 'attribute_exists(id) AND attribute_not_exists(#version)';
    return { ConditionExpression, ExpressionAttributeNames };
  }
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames,
    ExpressionAttributeValues: { ':version': version },
  };
}

function hasStatus<S extends PredictionRequest['status']>(
  request: PredictionRequest,
  status: S,
): request is Extract<PredictionRequest, { status: S }> {
  return request.status === status;
}
