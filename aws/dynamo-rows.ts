import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { ModelId } from '../core/catalogue.ts';
import { mergeSorted } from '../core/merge.ts';
import type { RequestRows } from '../core/ports.ts';
import {
  type Failure,
  holdsLease,
  type Lease,
  leaseRanOut,
  maxAttempts,
  type Outcome,
  type PredictionRequest,
} from '../core/request.ts';
import { conditional, reach, whenTrue } from './calls.ts';
import { expiresAt, leasedQueue, pendingQueue, type RequestItem, shards, toItem, toRequest } from './request-item.ts';

const workIndex = 'work';
/** Rows a query page: with the last failure in each, far below DynamoDB's 1 MB. */
const pageSize = 64;
/** Older requests that are counted a shard, at most: a read unit counts some twenty. */
const countedPerShard = 250;

// The conditions of a request's transitions, along its life:
//
//      uploading         pending          running, leased        running, lease over       done | failed
//   -----|-----------------|--------------------|----------------------|-----------------------|-------> time
//        isUploading       isFree               isLeasedByOwner        isFree, isOverdue       (none)
//        (and isInTime)
//
const isUploading = '#status = :uploading';
const isInTime = 'upload_until >= :now';
const isPending = '#status = :pending';
const isLeasedByOwner = '(#status = :running AND lease_owner = :owner)';
const isOverdue = '(#status = :running AND lease_until < :now)';
const isFree = `(${isPending} OR ${isOverdue})`;
const hasAttemptsLeft = 'attempts < :max_attempts';
const hadLastAttempt = 'attempts >= :max_attempts';

const leave = 'REMOVE #queue, due, lease_owner, lease_until';
const requeue = '#status = :pending, #queue = lane, due = created_at';
const forgetLease = 'REMOVE lease_owner, lease_until';
const end = 'completed_at = :now, expires_at = :expires_at';

/**
 * Requests in one DynamoDB table with one sparse index, `work` (partition `queue`, sort `due`), in which a row stands
 * only while there is work to do on it: pending ones under `<model>#<shard>` by age, running ones under
 * `leased#<shard>` by the end of their lease. Every change is one conditional write of one item.
 *
 * DynamoDB calls a request, without failures: one put, one claim, one completion, and its share of the index queries.
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
    return (await whenTrue(this.#client.send(put))) !== undefined;
  }

  async get(id: string): Promise<PredictionRequest | undefined> {
    const get = new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true });
    const { Item } = await reach(this.#client.send(get));
    return Item && toRequest(Item as RequestItem);
  }

  pending(model: ModelId): AsyncIterable<PredictionRequest> {
    const streams = shards.map((shard) => this.#query(pendingQueue(model, shard)));
    return mergeSorted(streams, (row) => row.createdAt);
  }

  async ahead({ model, createdAt }: PredictionRequest): Promise<number | undefined> {
    const counts = await Promise.all(shards.map((shard) => this.#count(pendingQueue(model, shard), createdAt)));
    return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
  }

  expired(now: number): AsyncIterable<PredictionRequest> {
    const streams = shards.map((shard) => this.#query(leasedQueue(shard), now));
    return mergeSorted(streams, (row) => row.lease?.until ?? 0);
  }

  async claim(id: string, lease: Lease, now: number): Promise<PredictionRequest | undefined> {
    const { after, inTheWay } = await this.#attempt(
      id,
      `SET #status = :running, attempts = attempts + :one, started_at = :now,
           lease_owner = :owner, lease_until = :until, #queue = :leased, due = :until
       REMOVE failure`,
      isFree,
      { owner: lease.owner, until: lease.until, now, leased: leasedQueue.ofRequest(id) },
    );
    if (after) return after;
    // The SDK sends again what got no answer: the refusal may follow a claim of our own.
    const held = inTheWay ?? (await this.get(id));
    return held && holdsLease(held, lease) ? held : undefined;
  }

  async complete(id: string, owner: string, outcome: Outcome, now: number): Promise<boolean> {
    const done = await this.#update(
      id,
      `SET #status = :done, outcome = :outcome, ${end} ${leave}, failure`,
      isLeasedByOwner,
      { owner, outcome, now },
    );
    return done !== undefined;
  }

  async fail(id: string, owner: string, failure: Failure, now: number): Promise<boolean> {
    const failed = await this.#fail(id, isLeasedByOwner, { owner, failure, now });
    return failed !== undefined;
  }

  async retry(id: string, owner: string, failure: Failure, now: number): Promise<boolean> {
    return this.#requeueOrFail(id, isLeasedByOwner, { owner, failure, now });
  }

  async recover(id: string, now: number): Promise<boolean> {
    return this.#requeueOrFail(id, isOverdue, { failure: leaseRanOut, now });
  }

  async release(id: string, owner: string): Promise<boolean> {
    const released = await this.#update(
      id,
      `SET ${requeue}, attempts = attempts - :one ${forgetLease}`,
      isLeasedByOwner,
      { owner },
    );
    return released !== undefined;
  }

  async uploaded(id: string, now: number): Promise<boolean> {
    const pending = await this.#update(
      id,
      `SET ${requeue} REMOVE upload_until, expires_at`,
      `${isUploading} AND ${isInTime}`,
      { now },
    );
    return pending !== undefined;
  }

  async failUpload(id: string, failure: Failure, now: number): Promise<boolean> {
    const failed = await this.#update(
      id,
      `SET #status = :failed, failure = :failure, ${end} REMOVE upload_until`,
      isUploading,
      { failure, now },
    );
    return failed !== undefined;
  }

  async erase(id: string): Promise<boolean> {
    const remove = new DeleteCommand({
      TableName: this.#table,
      Key: { id },
      ConditionExpression: 'attribute_exists(id)',
    });
    return (await whenTrue(this.#client.send(remove))) !== undefined;
  }

  async #requeueOrFail(id: string, condition: string, values: Values): Promise<boolean> {
    const requeued = await this.#update(
      id,
      `SET ${requeue}, failure = :failure ${forgetLease}`,
      `${condition} AND ${hasAttemptsLeft}`,
      values,
    );
    return (requeued ?? (await this.#fail(id, `${condition} AND ${hadLastAttempt}`, values))) !== undefined;
  }

  async #fail(id: string, condition: string, values: Values): Promise<PredictionRequest | undefined> {
    return this.#update(id, `SET #status = :failed, failure = :failure, ${end} ${leave}`, condition, values);
  }

  /** The request after the update, or undefined when the condition did not hold. */
  async #update(...update: UpdateParts): Promise<PredictionRequest | undefined> {
    const { after } = await this.#attempt(...update);
    return after;
  }

  /** The request after the update; or, when the condition did not hold, the request in the way if it was told. */
  async #attempt(
    ...[id, expression, condition, values]: UpdateParts
  ): Promise<{ after?: PredictionRequest; inTheWay?: PredictionRequest }> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { id },
      UpdateExpression: expression,
      ConditionExpression: condition,
      ExpressionAttributeNames: pick({ '#status': 'status', '#queue': 'queue' }, expression + condition),
      ExpressionAttributeValues: pick(allValues(values, this.#resultDays), expression + condition),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const { result, inTheWay } = await conditional(this.#client.send(update));
    if (result) return { after: toRequest(result.Attributes as RequestItem) };
    return inTheWay ? { inTheWay: toRequest(inTheWay as unknown as RequestItem) } : {};
  }

  /** How many stand in a queue and were due before that time; undefined when they are too many. */
  async #count(queue: string, before: number): Promise<number | undefined> {
    const query = new QueryCommand({ ...this.#inQueue(queue, before), Select: 'COUNT', Limit: countedPerShard });
    const { Count = 0, LastEvaluatedKey } = await reach(this.#client.send(query));
    return LastEvaluatedKey ? undefined : Count;
  }

  #inQueue(queue: string, before?: number) {
    return {
      TableName: this.#table,
      IndexName: workIndex,
      KeyConditionExpression: before === undefined ? '#queue = :queue' : '#queue = :queue AND due < :before',
      ExpressionAttributeNames: { '#queue': 'queue' },
      ExpressionAttributeValues: { ':queue': queue, ...(before !== undefined && { ':before': before }) },
    };
  }

  /** A queue in order of `due`, page by page; with `before`, only what is due before that time. */
  async *#query(queue: string, before?: number): AsyncGenerator<PredictionRequest> {
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const query = new QueryCommand({ ...this.#inQueue(queue, before), Limit: pageSize, ExclusiveStartKey });
      const page = await reach(this.#client.send(query));
      for (const item of page.Items ?? []) yield toRequest(item as RequestItem);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
}

type UpdateParts = [id: string, expression: string, condition: string, values: Values];
type Values = Readonly<Record<string, unknown>> & { readonly now?: number };

function allValues(values: Values, resultDays: number): Record<string, unknown> {
  const named = {
    uploading: 'uploading',
    pending: 'pending',
    running: 'running',
    done: 'done',
    failed: 'failed',
    one: 1,
    max_attempts: maxAttempts,
    expires_at: expiresAt(values.now ?? 0, resultDays),
    ...values,
  };
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [`:${name}`, value]));
}

/** DynamoDB refuses names and values that an expression does not use. */
function pick<T>(all: Record<string, T>, expression: string): Record<string, T> {
  const used = new Set(expression.match(/[#:]\w+/g));
  return Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)));
}
