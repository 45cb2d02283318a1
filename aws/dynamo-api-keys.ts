import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateScan,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { ApiKey, ApiKeys } from '../core/api-keys.ts';
import { awsCall, conditionalWrite } from './calls.ts';
import { documentClient } from './clients.ts';
import { operationIds } from './names.ts';
import { type Environment, readVariables } from './settings.ts';

interface ApiKeyItem {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly created_at: number;
  readonly revoked_at?: number;
}

/** API keys in the operations table, which is small enough to be scanned for them. */
export class DynamoApiKeys implements ApiKeys {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async add({ id, name, hash, createdAt }: ApiKey): Promise<void> {
    const item: ApiKeyItem = { id: operationIds.apiKey(id), name, hash, created_at: createdAt };
    await awsCall(this.#client.send(new PutCommand({ TableName: this.#table, Item: item })));
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const get = new GetCommand({ TableName: this.#table, Key: { id: operationIds.apiKey(id) }, ConsistentRead: true });
    const { Item } = await awsCall(this.#client.send(get));
    return Item && toKey(Item as ApiKeyItem);
  }

  async revoke(id: string, now: number): Promise<boolean> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { id: operationIds.apiKey(id) },
      UpdateExpression: 'SET revoked_at = :now',
      ConditionExpression: 'attribute_exists(id) AND attribute_not_exists(revoked_at)',
      ExpressionAttributeValues: { ':now': now },
    });
    return (await conditionalWrite(this.#client.send(update))).held;
  }

  async *all(): AsyncGenerator<ApiKey> {
    const pages = paginateScan(
      { client: this.#client },
      {
        TableName: this.#table,
        FilterExpression: 'begins_with(id, :prefix)',
        ExpressionAttributeValues: { ':prefix': operationIds.apiKey('') },
      },
    );
    const items: ApiKeyItem[] = [];
    for await (const page of pages) items.push(...((page.Items ?? []) as ApiKeyItem[]));
    yield* items.sort((a, b) => a.created_at - b.created_at).map(toKey);
  }
}

function toKey({ id, name, hash, created_at, revoked_at }: ApiKeyItem): ApiKey {
  const key = { id: id.slice(operationIds.apiKey('').length), name, hash, createdAt: created_at };
  return revoked_at === undefined ? key : { ...key, revokedAt: revoked_at };
}

/** @throws Error when a variable of the environment is missing */
export function apiKeys(env: Environment): ApiKeys {
  const { operations } = readVariables(env, ['operations']);
  return new DynamoApiKeys(documentClient(), operations);
}
