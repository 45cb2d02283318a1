import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { describe, expect, test } from 'vitest';
import { signed } from '../../../local/cloud/authorization.ts';
import { rawRequest } from '../../support/listening-ports.ts';
import { testAws } from '../../support/local-aws.ts';
import { bucket, page, runFront } from './running-front.ts';

const { url, s3, messages, testEvents } = await runFront();

test('each queue gets a test event when its bucket is set up', () => {
  expect(testEvents).toMatchObject([{ queue: 'queue', body: { Event: 's3:TestEvent', Bucket: bucket } }]);
});

describe('CORS', () => {
  const preflight = (origin: string, method: string, headers = 'x-a, Content-Type') =>
    fetch(`${url}/${bucket}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
    });

  test('a page may ask first', async () => {
    const response = await preflight(page, 'POST');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'x-a, content-type',
      'access-control-expose-headers': 'ETag',
      'access-control-max-age': '60',
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    });
  });

  test.each([
    ['https://page.other', 'POST'],
    ['http://page.example', 'POST'],
    [page, 'DELETE'],
  ])('is refused to %s with %s', async (origin, method) => {
    const response = await preflight(origin, method);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>AccessForbidden</Code><Message>CORSResponse: This CORS request');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is off for a bucket without rules, and needs an origin', async () => {
    const headers = { origin: page, 'access-control-request-method': 'POST' };
    const off = await fetch(`${url}/others`, { method: 'OPTIONS', headers });
    expect([off.status, await off.text()]).toEqual([
      403,
      expect.stringContaining('CORS is not enabled for this bucket'),
    ]);
    expect((await fetch(`${url}/${bucket}`, { method: 'OPTIONS' })).status).toBe(400);
  });
});

describe('pages', () => {
  test('of other origins get no form taken, however good it is', async () => {
    const { url: target, fields } = await createPresignedPost(s3, { Bucket: bucket, Key: 'uploads/1' });
    const post = (origin: string) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob(['image']), 'cat.png');
      return fetch(target, { method: 'POST', body: form, headers: { origin } });
    };
    for (const origin of ['https://evil.other', 'null'])
      expect([origin, (await post(origin)).status]).toEqual([origin, 403]);
    expect(messages).toEqual([]);
    expect((await post(page)).status).toBe(204);
  });

  test('get nothing that a header is signed for, whatever their origin', async () => {
    const { port, host } = new URL(url);
    for (const [origin, method, status] of [
      ['https://evil.other', 'PUT', 403],
      [page, 'PUT', 403],
      [page, 'POST', 403],
      [undefined, 'PUT', 200],
    ] as const) {
      const path = `/${bucket}/tensors/1`;
      const headers = signed({ method, url: path, headers: { host } }, testAws, Buffer.from('x'), Date.now());
      const sent = { ...headers, ...(origin && { origin }) };
      expect((await rawRequest(Number(port), sent, { method, path, body: 'x' })).status).toBe(status);
    }
  });
});

describe('other requests', () => {
  test('of an SDK pass, and what they write is told', async () => {
    const body = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'uploads/a b+ü', Body: body, ContentType: 'image/png' }));
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'uploads/a b+ü' }));
    expect(Buffer.from((await object.Body?.transformToByteArray()) ?? [])).toEqual(Buffer.from(body));
    expect(object.ContentType).toBe('image/png');
    expect(messages).toMatchObject([
      {
        body: {
          Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: 'uploads/a+b%2B%C3%BC', size: 300_000 } } }],
        },
      },
    ]);
  });

  test('are told of under the prefix alone', async () => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'tensors/1', Body: 'x' }));
    expect(messages).toEqual([]);
  });

  test('of nobody are refused', async () => {
    for (const [method, path] of [
      ['GET', `/${bucket}/uploads/1`],
      ['GET', '/'],
      ['DELETE', `/${bucket}/uploads/1`],
      ['PUT', `/${bucket}/uploads/1`],
      ['POST', `/${bucket}?delete`],
      ['GET', `/${bucket}/uploads/1?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00`],
    ] as const) {
      expect([method, path, (await fetch(url + path, { method })).status]).toEqual([method, path, 403]);
    }
  });

  test('that break off in their body do no harm', async () => {
    const { hostname, port } = new URL(url);
    for (const headers of [{ authorization: 'x' }, { 'content-type': 'multipart/form-data; boundary=b' }]) {
      const length = { expect: '100-continue', 'content-length': 100 };
      const broken = request({
        hostname,
        port,
        method: 'POST',
        path: `/${bucket}`,
        headers: { ...headers, ...length },
      });
      broken.on('error', () => {});
      broken.flushHeaders();
      await once(broken, 'continue');
      broken.write('part');
      broken.destroy();
    }
    const { status } = await fetch(`${url}/${bucket}`, { method: 'OPTIONS' });
    expect(status).toBe(400);
  });

  test('to HEAD have no body', async () => {
    const { hostname, port } = new URL(url);
    const head = request({ hostname, port, method: 'HEAD', path: `/${bucket}/uploads/1` }).end();
    const [response] = await once(head, 'response');
    expect([response.statusCode, await text(response)]).toEqual([403, '']);
  });
});
