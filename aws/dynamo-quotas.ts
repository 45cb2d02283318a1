import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Quotas } from '../core/ports.ts';
import { dayMs } from '../core/retention.ts';
import { conditionalWrite } from './calls.ts';
import { otherIds } from './names.ts';

/** A count is kept this long from the beginning of its day, days. */
const keptDays = 2;

/** One counter per sender and day. A call that the SDK repeats because its answer was lost counts twice. */
export class DynamoQuotas implements Quotas {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async spend(sender: string, day: string, limit: number): Promise<boolean> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { id: otherIds.quota(sender, day) },
      UpdateExpression: 'ADD sent :one SET expires_at = :expires_at',
      ConditionExpression: 'attribute_not_exists(sent) OR sent < :limit',
      ExpressionAttributeValues: {
        ':one': 1,
        ':limit': limit,
        ':expires_at': (Date.parse(day) + keptDays * dayMs) / 1000,
      },
    });
    return (await conditionalWrite(this.#client.send(update))).held;
  }
}
