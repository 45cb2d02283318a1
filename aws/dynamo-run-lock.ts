import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RunLock } from '../core/run-lock.ts';
import { conditionalWrite } from './calls.ts';
import { operationIds } from './names.ts';

/** The lock as one item in the operations table. */
export class DynamoRunLock implements RunLock {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async hold(owner: string, now: number, until: number): Promise<boolean> {
    const isMineOrOver = 'attribute_not_exists(id) OR lock_owner = :owner OR lock_until <= :now';
    return this.#set(isMineOrOver, { owner, until, now });
  }

  async release(owner: string): Promise<void> {
    await this.#set('lock_owner = :owner', { owner, until: 0 });
  }

  async #set(condition: string, values: { owner: string; until: number; now?: number }): Promise<boolean> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { id: operationIds.runLock },
      UpdateExpression: 'SET lock_owner = :owner, lock_until = :until',
      ConditionExpression: condition,
      ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
    });
    return (await conditionalWrite(this.#client.send(update))).held;
  }
}
