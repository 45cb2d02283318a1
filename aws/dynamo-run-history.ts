import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RunHistory } from '../core/ports.ts';
import { type ChunkSeconds, joined, type RecentRuns } from '../core/recent-runs.ts';
import { awsCall } from './calls.ts';
import { operationIds } from './names.ts';

interface HistoryItem {
  readonly id: string;
  /** ms since 1970. */
  readonly last_start?: number;
  /** ms. */
  readonly period?: number;
  readonly seconds?: ChunkSeconds;
}

const id = operationIds.runHistory;

/** The run history as one item in the operations table. */
export class DynamoRunHistory implements RunHistory {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(): Promise<RecentRuns | undefined> {
    const { last_start, period, seconds = {} } = await this.#item();
    if (last_start === undefined || period === undefined) return undefined;
    return { lastStart: last_start, period, seconds };
  }

  async began(startedAt: number, period: number): Promise<void> {
    await this.#set('SET last_start = :start, period = :period', { ':start': startedAt, ':period': period });
  }

  async took(seconds: ChunkSeconds): Promise<void> {
    const earlier = await this.#item();
    await this.#set('SET seconds = :seconds', { ':seconds': joined(earlier.seconds ?? {}, seconds) });
  }

  async #item(): Promise<Partial<HistoryItem>> {
    const { Item } = await awsCall(this.#client.send(new GetCommand({ TableName: this.#table, Key: { id } })));
    return (Item ?? {}) as Partial<HistoryItem>;
  }

  async #set(expression: string, values: Record<string, unknown>): Promise<void> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { id },
      UpdateExpression: expression,
      ExpressionAttributeValues: values,
    });
    await awsCall(this.#client.send(update));
  }
}
