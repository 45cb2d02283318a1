import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamoIdempotencyKeys } from '../../aws/dynamo-idempotency-keys.ts';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import { DynamoRunHistory } from '../../aws/dynamo-run-history.ts';
import { S3Objects } from '../../aws/s3-objects.ts';
import type { DynamoServer } from './dynamo.ts';
import type { S3Server } from './s3.ts';

/** An implementation of a port. `open` gives one that no other test uses. */
export interface Backend<Port> {
  open(): Promise<Port>;
  close(): Promise<void>;
}

export const inMemory =
  <Port>(create: () => Port) =>
  async (): Promise<Backend<Port>> => ({ open: async () => create(), close: async () => {} });

export const rowsOn = (start: () => Promise<DynamoServer>) => async (): Promise<Backend<DynamoRows>> => {
  const { openTable, close } = await start();
  return { close, open: async () => new DynamoRows(...(await openTable()), 30) };
};

export const keysOn = (start: () => Promise<DynamoServer>) => async (): Promise<Backend<DynamoIdempotencyKeys>> => {
  const { openTable, close } = await start();
  return { close, open: async () => new DynamoIdempotencyKeys(...(await openTable())) };
};

export const historyOn = (start: () => Promise<DynamoServer>) => async (): Promise<Backend<DynamoRunHistory>> => {
  const { openTable, close } = await start();
  return { close, open: async () => new DynamoRunHistory(...(await openTable())) };
};

export const objectsOn = (start: () => Promise<S3Server>) => async (): Promise<Backend<S3Objects>> => {
  const { openBucket, close } = await start();
  return { close, open: async () => new S3Objects(...(await openBucket())) };
};

/** A port that is implemented on one table. */
export const onTable =
  <Port>(start: () => Promise<DynamoServer>, Adapter: new (client: DynamoDBDocumentClient, table: string) => Port) =>
  async (): Promise<Backend<Port>> => {
    const { openTable, close } = await start();
    return { close, open: async () => new Adapter(...(await openTable())) };
  };
