import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

/** An index, and the attributes that order it: an item without one of them is not in it. */
export interface IndexKeys {
  readonly name: string;
  readonly attributes: readonly string[];
}

/**
 * Makes an index say what its table says. Dynalite writes index and item one after the other, so that a kill in between
 * leaves an item out of its index, or an entry that its item has left. Every step can itself be broken off and repeated.
 * @param key the table's key attribute
 * @param index one that holds all attributes
 */
export async function repairIndex(client: DynamoDBClient, TableName: string, key: string, index: IndexKeys) {
  const items = new Map((await scan(client, TableName)).map((item) => [idOf(item, key), item]));
  const entries = await scan(client, TableName, index.name);
  const right = new Set<string>();
  for (const entry of entries) {
    const id = idOf(entry, key);
    const item = items.get(id);
    if (isDeepStrictEqual(entry, item)) {
      right.add(id);
    } else {
      // A write moves the item's own entry along: the item takes the stale entry's place, and leaves it again.
      await client.send(new PutItemCommand({ TableName, Item: entry }));
      if (item) await client.send(new PutItemCommand({ TableName, Item: item }));
      else await client.send(new DeleteItemCommand({ TableName, Key: { [key]: entry[key] as AttributeValue } }));
    }
  }
  for (const [id, item] of items) {
    const belongs = index.attributes.every((attribute) => attribute in item);
    if (belongs && !right.has(id)) await client.send(new PutItemCommand({ TableName, Item: item }));
  }
}

async function scan(client: DynamoDBClient, TableName: string, IndexName?: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName, ...(IndexName && { IndexName }) })) {
    items.push(...(page.Items ?? []));
  }
  return items;
}

function idOf(item: Item, key: string): string {
  return JSON.stringify(item[key]);
}
