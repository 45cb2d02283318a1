import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../local/service.ts';
import { call, photo, read } from '../support/service.ts';

const run = promisify(execFile);

describe('a service that wants API keys', () => {
  let folder: string;
  let service: Service;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mlg-test-'));
    const settings = { apiKeys: true, corsOrigins: ['https://page.example'] };
    service = await startService({ dataDir: folder, port: 0, providers: 1, every: 2 ** 30, settings });
  }, 60_000);
  afterAll(async () => {
    await service?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** `npm run keys` with what `npm start` says it needs, and nothing of this machine's AWS settings. */
  const keys = async (...words: string[]) => {
    const env = { PATH: process.env.PATH, ...service.keysEnvironment };
    return (await run(process.execPath, ['bin/keys.ts', ...words], { env })).stdout;
  };
  const make = async (name: string) => {
    const [key = ''] = (await keys('make', name)).split('\n');
    return { key, id: key.split('_')[1] ?? '' };
  };
  const post = async (route: string, key?: string) =>
    call(`${service.url}${route}/starter`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', ...(key !== undefined && { 'x-api-key': key }) },
      body: route === '/uploads' ? null : new Blob([Buffer.from(await photo('cat.jpg'))]),
    });

  it.each(['/requestPrediction', '/uploads'])('%s takes images from holders of a key alone', async (route) => {
    const { key } = await make('a friend');
    const none = await post(route);
    expect([none.status, await none.json()]).toEqual([401, { message: 'Unauthorized' }]);
    const wrong = await post(route, `${key.slice(0, -4)}0000`);
    expect([wrong.status, await wrong.json()]).toEqual([403, { message: 'Forbidden' }]);
    const right = await post(route, key);
    expect(right.status).toBe(route === '/uploads' ? 201 : 202);
  });

  it('keeps what its holders send apart, also under the same Idempotency-Key', async () => {
    const body = new Blob([Buffer.from(await photo('cat.jpg'))]);
    const send = async (key: string) => {
      const headers = { 'content-type': 'image/jpeg', 'idempotency-key': 'cat', 'x-api-key': key };
      const response = await call(`${service.url}/requestPrediction/starter`, { method: 'POST', headers, body });
      return ((await response.json()) as { req_id: string }).req_id;
    };
    const [one, other] = [await make('one'), await make('another')];
    const id = await send(one.key);
    expect(await send(other.key)).not.toBe(id);
    expect(await send(one.key)).toBe(id);
  });

  it('takes none from the holder of a revoked key', async () => {
    const { key, id } = await make('no friend any more');
    expect(await keys('list')).toContain('no friend any more');
    expect(await keys('revoke', id)).toContain('is revoked');
    expect((await post('/requestPrediction', key)).status).toBe(403);
  });

  it('lets everybody read, and every browser ask first', async () => {
    const { key } = await make('a friend');
    const { req_id: id } = (await (await post('/requestPrediction', key)).json()) as { req_id: string };
    expect(await read(service.url, id)).toMatchObject({ status: 'pending' });
    const preflight = await fetch(`${service.url}/requestPrediction/starter`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://page.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://page.example');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-api-key');
  });
});
