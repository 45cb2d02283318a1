import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, test } from 'vitest';
import { keepPrivate } from '../../local/private-data.ts';
import { listeningPorts, rawRequest } from '../support/listening-ports.ts';
import { runFixture, temporaryDirectory } from './running-cloud.ts';

// What any web page, and anybody else on this machine, may try on the ports of a local cloud.

const before = listeningPorts();
const dataDir = await temporaryDirectory(afterAll);
const cloud = await runFixture({ dataDir, cors: { AllowOrigins: ['*'], AllowMethods: ['*'] } }, afterAll);
const ports = listeningPorts().filter((port) => !before.includes(port));
const portOf = (url: string) => Number(new URL(url).port);
const [api, tables, bucket] = [cloud.url, cloud.endpoints.dynamodb, cloud.endpoints.s3].map(portOf) as [
  number,
  number,
  number,
];

const evil = 'https://evil.example';
const planted = JSON.stringify({ TableName: 'Rows', Item: { id: { S: 'api-key#planted' } } });
const call = (operation: string, more: Record<string, string> = {}) => ({
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': `DynamoDB_20120810.${operation}`,
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
  'x-amz-date': '20260101T000000Z',
  ...more,
});

test('there are four ports: the API, tables, buckets, and the emulator of buckets and queues', () => {
  expect(ports).toHaveLength(4);
  expect(ports).toEqual(expect.arrayContaining([api, tables, bucket]));
});

describe.each(ports.map((port) => [nameOf(port), port] as const))('%s', (name, port) => {
  test.each([
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '192.168.0.2',
  ])("refuses a name that was made to lead here, '%s'", async (host) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, headers } = await rawRequest(port, { host }, { method });
      expect([method, status]).toEqual([method, 403]);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test.each(['127.0.0.1', 'localhost', '[::1]'])('has nothing against %s', async (host) => {
    const { body } = await rawRequest(port, { host: `${host}:${port}` });
    expect(body).not.toContain('This port serves');
  });

  if (name === 'the API') return;

  test('takes no call of a page, and lets no page ask first', async () => {
    for (const origin of [evil, 'null', `http://127.0.0.1:${api}`]) {
      const preflight = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' };
      const asked = await rawRequest(port, { origin, ...preflight }, { method: 'OPTIONS' });
      expect(asked.status).toBe(403);
      expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
      const called = await rawRequest(port, call('PutItem', { origin }), { method: 'POST', body: planted });
      expect(called.status).toBe(403);
      expect(called.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('takes no call without its credentials', async () => {
    const real = cloud.aws.credentials.accessKeyId;
    for (const authorization of ['', 'x', call('').authorization, call('').authorization.replace('local', real)]) {
      for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
        const { status } = await rawRequest(port, { ...call('ListTables'), authorization }, { method, body: '{}' });
        expect([authorization, method, [400, 403].includes(status)]).toEqual([authorization, method, true]);
      }
    }
  });
});

test('the tables are not listed, and no key is planted, by who lacks the credentials', async () => {
  for (const operation of ['ListTables', 'PutItem', 'GetItem']) {
    const { status, body } = await rawRequest(tables, call(operation), { method: 'POST', body: planted });
    expect([operation, status, body]).toEqual([operation, 400, expect.stringContaining('UnrecognizedClientException')]);
  }
});

test('the API answers pages as its CORS says', async () => {
  const asked = await fetch(`${cloud.url}/echo`, {
    method: 'OPTIONS',
    headers: { origin: evil, 'access-control-request-method': 'GET' },
  });
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
});

test('the credentials are random, of this data’s user alone, and outlive a restart', async () => {
  const { credentials } = cloud.aws;
  expect(credentials.secretAccessKey).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8'))).toEqual({
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
  });
  const other = await runFixture();
  expect(other.aws.credentials).not.toEqual(credentials);
  const client = new DynamoDBClient({ endpoint: cloud.endpoints.dynamodb, ...other.aws });
  await expect(client.send(new ListTablesCommand({}))).rejects.toThrow('security token');
  client.destroy();
  await other.close();
});

test('nobody else on this machine can read the data', async () => {
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  expect(entries.length).toBeGreaterThan(5);
  for (const { parentPath, name } of entries) {
    const { mode } = await stat(join(parentPath, name));
    expect([name, (mode & 0o077).toString(8)]).toEqual([name, '0']);
  }
});

test('data of an earlier version, which others could read, are its user’s alone from the next start on', async () => {
  const old = join(await temporaryDirectory(), 'cloud');
  await mkdir(join(old, 'tables'), { recursive: true });
  await writeFile(join(old, 'tables', 'LOG'), '');
  for (const [name, mode] of [
    ['.', 0o755],
    ['tables', 0o755],
    ['tables/LOG', 0o644],
  ] as const)
    await chmod(join(old, name), mode);
  await keepPrivate(old);
  const modes = await Promise.all(['.', 'tables', 'tables/LOG'].map((name) => stat(join(old, name))));
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o700, 0o600]);
});

function nameOf(port: number): string {
  if (port === api) return 'the API';
  if (port === tables) return 'the tables';
  return port === bucket ? 'the buckets' : 'the emulator';
}
