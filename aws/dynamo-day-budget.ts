import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DayBudget } from '../core/day-budget.ts';
import { awsCall, conditionalWrite } from './calls.ts';
import { operationIds } from './names.ts';

/** Amounts are stored in billionths of a GLM, rounded up: JavaScript's numbers hold those exactly, and not wei. */
const unit = 1_000_000_000n;

/** How long a day's item is kept after it was last written, s. */
const keptSeconds = 7 * 86_400;

/** What each day has spent as one item in the operations table. */
export class DynamoDayBudget implements DayBudget {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async spent(day: string): Promise<bigint> {
    const get = new GetCommand({ TableName: this.#table, Key: this.#key(day), ConsistentRead: true });
    const { Item } = await awsCall(this.#client.send(get));
    return BigInt(Math.max(0, (Item?.spent as number | undefined) ?? 0)) * unit;
  }

  async spend(day: string, amount: bigint, most: bigint): Promise<boolean> {
    const units = unitsOf(amount);
    const before = Number(most / unit) - units;
    if (before < 0) return false;
    return this.#add(day, units, { condition: 'attribute_not_exists(spent) OR spent <= :before', before });
  }

  async refund(day: string, amount: bigint): Promise<void> {
    await this.#add(day, -unitsOf(amount));
  }

  /** A call that the SDK repeats because its answer was lost counts twice: the budget is met early, not late. */
  async #add(day: string, units: number, only?: { condition: string; before: number }): Promise<boolean> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: this.#key(day),
      UpdateExpression: 'ADD spent :units SET expires_at = :expiry',
      ...(only && { ConditionExpression: only.condition }),
      ExpressionAttributeValues: {
        ':units': units,
        ':expiry': Date.parse(day) / 1000 + keptSeconds,
        ...(only && { ':before': only.before }),
      },
    });
    return (await conditionalWrite(this.#client.send(update))).held;
  }

  #key(day: string): { id: string } {
    return { id: operationIds.daySpent(day) };
  }
}

function unitsOf(amount: bigint): number {
  return Number((amount + unit - 1n) / unit);
}
