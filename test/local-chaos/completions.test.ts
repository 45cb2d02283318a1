import { request } from 'node:http';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { Completions } from '../../local/chaos/completions.ts';
import { signed } from '../../local/cloud/authorization.ts';
import { startDynalite } from '../../local/cloud/dynalite.ts';
import { testAws } from '../support/local-aws.ts';
import { requestsTable } from '../support/requests-table.ts';
import { tempDir } from '../support/temp-dir.ts';

const TableName = 'requests';
const row = (id: string, status: string) => ({ id: { S: id }, status: { S: status } });

/** A table whose writes are noted. */
async function watchedTable() {
  const completions = new Completions();
  const { promise: noted, resolve } = Promise.withResolvers<void>();
  const service = await startDynalite(await tempDir(), testAws, (item) => {
    completions.note(item);
    resolve();
  });
  const client = new DynamoDBClient({ endpoint: service.url, ...testAws });
  onTestFinished(async () => {
    client.destroy();
    await service.close();
  });
  await client.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...requestsTable }));
  // Writes to a table that is still being created are refused.
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName });
  return {
    ...{ completions, noted, url: service.url },
    put: (id: string, status: string) => client.send(new PutItemCommand({ TableName, Item: row(id, status) })),
    update: (id: string, status: string, condition: string) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          UpdateExpression: 'SET #status = :status',
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':status': { S: status } },
          ReturnValues: 'ALL_NEW',
        }),
      ),
  };
}

it('each request may be completed once, by a put or an update', async () => {
  const { completions, put, update } = await watchedTable();
  for (const id of ['a', 'b']) await put(id, 'pending');
  for (const id of ['a', 'b']) await put(id, 'running');
  await put('a', 'done');
  await update('b', 'done', 'attribute_exists(id)');
  await put('c', 'failed');
  await expect(update('b', 'done', 'attribute_not_exists(id)')).rejects.toThrow('conditional');
  expect(completions.repeated).toBe(0);
  await update('a', 'done', 'attribute_exists(id)');
  expect(completions.repeated).toBe(1);
});

it('what a run completed counts, although it was killed before it had the answer', async () => {
  const { completions, noted, url, put } = await watchedTable();
  const { hostname, port } = new URL(url);
  const unsigned = {
    host: `${hostname}:${port}`,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.PutItem',
  };
  const body = Buffer.from(JSON.stringify({ TableName, Item: row('a', 'done') }));
  const headers = signed({ method: 'POST', url: '/', headers: unsigned }, testAws, body, Date.now());
  const killed = request({ hostname, port, method: 'POST', headers }).on('error', () => {});
  killed.end(body);
  await noted;
  killed.destroy();
  expect(completions.repeated).toBe(0);
  await put('a', 'done');
  expect(completions.repeated).toBe(1);
});
