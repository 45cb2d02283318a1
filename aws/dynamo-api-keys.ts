import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { ApiKey, ApiKeys } from '../core/api-keys.ts';
import { awsCall, conditionalWrite } from './calls.ts';
import { documentClient } from './clients.ts';
import { apiKeysQueue, otherIds, workIndex } from './names.ts';
import { type Environment, readVariables } from './settings.ts';

interface ApiKeyItem {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly created_at: number;
  readonly revoked_at?: number;
  readonly queue: string;
  readonly due: number;
}

/** API keys in the table of requests, under ids that no request can have. */
export class DynamoApiKeys implements ApiKeys {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async add({ id, name, hash, createdAt }: ApiKey): Promise<void> {
    const times = { created_at: createdAt, due: createdAt };
    const item: ApiKeyItem = { id: otherIds.apiKey(id), name, hash, ...times, queue: apiKeysQueue };
    await awsCall(this.#client.send(new PutCommand({ TableName: this.#table, Item: item })));
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const get = new GetCommand({ TableName: this.#table, Key: { id: otherIds.apiKey(id) }, ConsistentRead: true });
    const { Item } = await awsCall(this.#client.send(get));
    return Item && toKey(Item as ApiKeyItem);
  }

  async revoke(id: string, now: number): Promise<boolean> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { id: otherIds.apiKey(id) },
      UpdateExpression: 'SET revoked_at = :now',
      ConditionExpression: 'attribute_exists(id) AND attribute_not_exists(revoked_at)',
      ExpressionAttributeValues: { ':now': now },
    });
    return (await conditionalWrite(this.#client.send(update))).held;
  }

  async *all(): AsyncGenerator<ApiKey> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        IndexName: workIndex,
        KeyConditionExpression: '#queue = :queue',
        ExpressionAttributeNames: { '#queue': 'queue' },
        ExpressionAttributeValues: { ':queue': apiKeysQueue },
      },
    );
    for await (const { Items = [] } of pages) yield* Items.map((item) => toKey(item as ApiKeyItem));
  }
}

function toKey({ id, name, hash, created_at, revoked_at }: ApiKeyItem): ApiKey {
  const key = { id: id.slice(otherIds.apiKey('').length), name, hash, createdAt: created_at };
  return revoked_at === undefined ? key : { ...key, revokedAt: revoked_at };
}

/** @throws Error when a variable of the environment is missing */
export function apiKeys(env: Environment): ApiKeys {
  const { table } = readVariables(env, ['table']);
  return new DynamoApiKeys(documentClient(), table);
}
