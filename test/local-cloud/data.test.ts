import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Level } from 'level';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Cloud } from '../../local/cloud/cloud.ts';
import { isAlive } from '../support/is-alive.ts';
import { runFixture, temporaryDirectory } from './running-cloud.ts';

test('rows and objects survive a restart', async () => {
  const dataDir = await temporaryDirectory();
  const first = await runFixture({ dataDir });
  await store(first);
  await first.close();
  await expectStored(await runFixture({ dataDir }));
});

test('rows and objects survive a kill -9, and a run dies with the cloud', async () => {
  const dataDir = await temporaryDirectory();
  const { child, cloud, line } = await cloudProcess(dataDir);
  await store(cloud);
  child.send('tick');
  const [, ...pids] = /running (\d+) (\d+)/.exec(await line(/running/)) ?? [];
  child.kill('SIGKILL');
  await once(child, 'exit');

  await expectStored(await runFixture({ dataDir }));
  await vi.waitUntil(() => !isAlive(Number(pids[0])), { timeout: 5000 });
  process.kill(Number(pids[1]), 'SIGKILL');
});

test('a directory is for one cloud at a time', async () => {
  const dataDir = await temporaryDirectory();
  const first = await runFixture({ dataDir });
  await expect(runFixture({ dataDir })).rejects.toThrow(`${dataDir} is in use`);
  await first.close();
  await runFixture({ dataDir });
});

test('an index that a kill has left behind its table is put right', async () => {
  const dataDir = await temporaryDirectory();
  const once = await runFixture({ dataDir });
  await dynamo(once).send(new PutItemCommand({ TableName: 'Rows', Item: { ...row, queue: { S: 'left' } } }));
  await once.close();
  const left = await takeIndex(dataDir);
  const again = await runFixture({ dataDir });
  await store(again);
  await again.close();
  // The row's own entry is not there, the one that it has left still is.
  await takeIndex(dataDir);
  await putIndex(dataDir, left);

  const last = await runFixture({ dataDir });
  await expectStored(last);
  expect((await dynamo(last).send(queueQuery('left'))).Items).toEqual([]);
});

test('a client that dies while it is served does no harm', async () => {
  const cloud = await runFixture();
  const { hostname, port } = new URL(cloud.endpoints.dynamodb);
  for (const part of [
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{',
    'POST / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  ]) {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(part);
    socket.resetAndDestroy();
  }
  await store(cloud);
  expect((await fetch(`${cloud.url}/full`)).status).toBe(201);
});

const row = { id: { S: 'r1' }, queue: { S: 'starter#0' }, due: { N: '5' } };
const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) % 256);

type Reachable = Pick<Cloud, 'endpoints' | 'aws'>;

async function store(cloud: Reachable): Promise<void> {
  await dynamo(cloud).send(new PutItemCommand({ TableName: 'Rows', Item: row }));
  await s3(cloud).send(new PutObjectCommand({ Bucket: 'images', Key: 'tensors/r1', Body: bytes }));
}

async function expectStored(cloud: Reachable): Promise<void> {
  const client = dynamo(cloud);
  expect((await client.send(new GetItemCommand({ TableName: 'Rows', Key: { id: row.id } }))).Item).toEqual(row);
  expect((await client.send(queueQuery('starter#0'))).Items).toEqual([row]);
  const object = await s3(cloud).send(new GetObjectCommand({ Bucket: 'images', Key: 'tensors/r1' }));
  expect(Buffer.from((await object.Body?.transformToByteArray()) ?? [])).toEqual(Buffer.from(bytes));
}

function queueQuery(queue: string): QueryCommand {
  return new QueryCommand({
    TableName: 'Rows',
    IndexName: 'work',
    KeyConditionExpression: 'queue = :queue',
    ExpressionAttributeValues: { ':queue': { S: queue } },
  });
}

type Entries = [key: string, item: unknown][];

/** The entries of the index in dynalite's own files, which are then without them. */
async function takeIndex(dataDir: string): Promise<Entries> {
  const level = new Level<string, unknown>(`${dataDir}/tables`, { valueEncoding: 'json' });
  const entries = await level.iterator({ gt: 'index-global~Rows~work', lt: 'index-global~Rows~worl' }).all();
  expect(entries).toHaveLength(1);
  for (const [key] of entries) await level.del(key);
  await level.close();
  return entries;
}

async function putIndex(dataDir: string, entries: Entries): Promise<void> {
  const level = new Level<string, unknown>(`${dataDir}/tables`, { valueEncoding: 'json' });
  for (const [key, item] of entries) await level.put(key, item);
  await level.close();
}

function dynamo({ endpoints, aws }: Reachable): DynamoDBClient {
  const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, ...aws });
  onTestFinished(() => client.destroy());
  return client;
}

function s3({ endpoints, aws }: Reachable): S3Client {
  const client = new S3Client({ endpoint: endpoints.s3, ...aws });
  onTestFinished(() => client.destroy());
  return client;
}

interface CloudProcess {
  readonly child: ChildProcess;
  readonly cloud: Reachable;
  /** The next line that matches. */
  line(pattern: RegExp): Promise<string>;
}

async function cloudProcess(dataDir: string): Promise<CloudProcess> {
  const program = fileURLToPath(new URL('fixtures/cloud-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })[Symbol.asyncIterator]();
  const line = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`The cloud ended before it wrote ${pattern}.`);
      if (pattern.test(value)) return value;
    }
  };
  return { child, cloud: JSON.parse(await line(/^\{/)), line };
}
