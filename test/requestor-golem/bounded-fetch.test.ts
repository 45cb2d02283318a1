import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boundedFetch } from '../../requestor/golem/bounded-fetch.ts';

const most = 100_000;
const block = Buffer.alloc(64 * 1024, ' ');
let sent = 0;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  if (pathname === '/nothing') return response.writeHead(204).end();
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const send = () => {
    do {
      if (sent >= Number(searchParams.get('bytes'))) return response.end('{}');
      sent += block.length;
    } while (response.write(block));
    return response.once('drain', send);
  };
  return send();
});
const url = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const bounded = boundedFetch(fetch, most);

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('reads an answer that is small, with its status and headers', async () => {
  sent = 0;
  const response = await bounded(url('/?bytes=65536'));
  expect([response.ok, response.status, response.headers.get('content-type')]).toEqual([true, 200, 'application/json']);
  expect(await response.json()).toEqual({});
  expect((await bounded(url('/nothing'))).status).toBe(204);
});

it('breaks off one that is large, before most of it has come', async () => {
  sent = 0;
  const response = await bounded(url(`/?bytes=${2 ** 30}`));
  await expect(response.json()).rejects.toThrow('An answer of more than 100000 bytes is not read.');
  expect(sent).toBeLessThan(2 ** 25);
});
