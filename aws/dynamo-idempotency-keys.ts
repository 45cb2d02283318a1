import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { PlatformError } from '../core/errors.ts';
import type { IdempotencyKeys, Reservation } from '../core/ports.ts';
import { awsCall, conditionalWrite } from './calls.ts';
import { otherIds } from './names.ts';

interface KeyItem {
  readonly id: string;
  readonly request_id: string;
  readonly image_hash: string;
  /** ms since 1970. */
  readonly valid_until: number;
  /** s since 1970: when DynamoDB may delete the item. */
  readonly expires_at: number;
}

/** Idempotency keys in the table of requests, under ids that no request can have. */
export class DynamoIdempotencyKeys implements IdempotencyKeys {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async reserve(
    key: string,
    reservation: Reservation,
    now: number,
    expiresAt: number,
    insteadOf?: string,
  ): Promise<Reservation> {
    const item: KeyItem = {
      id: otherIds.idempotencyKey(key),
      request_id: reservation.requestId,
      image_hash: reservation.imageHash,
      valid_until: expiresAt,
      expires_at: Math.ceil(expiresAt / 1000),
    };
    // Between a refused put and the get, the item can only vanish by expiring: then the second put succeeds.
    for (let round = 0; round < 2; round++) {
      if (await this.#put(item, now, insteadOf)) return reservation;
      const held = await this.#get(item.id);
      if (held) return { requestId: held.request_id, imageHash: held.image_hash };
    }
    throw new PlatformError('idempotency_unsettled', 'The idempotency key could not be reserved.');
  }

  async #put(item: KeyItem, now: number, insteadOf?: string): Promise<boolean> {
    const put = new PutCommand({
      TableName: this.#table,
      Item: item,
      ConditionExpression: 'attribute_not_exists(id) OR valid_until < :now OR request_id = :instead_of',
      // No request has an empty id.
      ExpressionAttributeValues: { ':now': now, ':instead_of': insteadOf ?? '' },
    });
    return (await conditionalWrite(this.#client.send(put))).held;
  }

  async #get(id: string): Promise<KeyItem | undefined> {
    const get = new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true });
    const { Item } = await awsCall(this.#client.send(get));
    return Item as KeyItem | undefined;
  }
}
