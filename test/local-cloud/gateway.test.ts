import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { runFixture } from './running-cloud.ts';

const { url, line } = await runFixture({}, afterAll);

describe('the event of a request', () => {
  test('is of format 2.0', async () => {
    const { host } = new URL(url);
    const before = Date.now();
    const event = await eventOf(
      url,
      'POST',
      '/echo/a%20b?x=1&y=%C3%A4&x=2',
      {
        'Content-Type': 'application/json; charset=utf-8',
        'X-Twice': ['1', '2'],
        'X-Forwarded-For': '10.0.0.1',
        'X-Forwarded-Proto': 'https',
        Cookie: 'a=1; b=2',
        'User-Agent': 'test',
      },
      '{"ä":1}',
    );

    expect(event).toEqual({
      version: '2.0',
      routeKey: 'ANY /echo/{name}',
      rawPath: '/echo/a b',
      rawQueryString: 'x=1&y=%C3%A4&x=2',
      cookies: ['a=1', 'b=2'],
      headers: {
        'content-length': '8',
        'content-type': 'application/json; charset=utf-8',
        host,
        'user-agent': 'test',
        'x-forwarded-for': '10.0.0.1, 127.0.0.1',
        'x-forwarded-port': new URL(url).port,
        'x-forwarded-proto': 'http',
        'x-twice': '1,2',
      },
      queryStringParameters: { x: '1,2', y: 'ä' },
      pathParameters: { name: 'a b' },
      requestContext: {
        accountId: 'anonymous',
        apiId: 'local',
        domainName: host,
        domainPrefix: '127',
        http: { method: 'POST', path: '/echo/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: 'ANY /echo/{name}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"ä":1}',
      isBase64Encoded: false,
    });
    expect(event.requestContext.timeEpoch).toBeGreaterThanOrEqual(before);
  });

  test('of a request with nothing has none of it', async () => {
    const event = await eventOf(url, 'GET', '/echo');
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
    for (const absent of ['cookies', 'queryStringParameters', 'pathParameters', 'body']) {
      expect(event).not.toHaveProperty(absent);
    }
  });

  test('carries a body as text only when its type is one of four', async () => {
    const encoded = async (type: string) => {
      const event = await eventOf(url, 'POST', '/echo', type ? { 'Content-Type': type } : {}, 'hi');
      expect(Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('hi');
      return event.isBase64Encoded;
    };
    for (const type of ['text/csv', 'application/json', 'Application/XML', 'application/javascript; x=y']) {
      expect([type, await encoded(type)]).toEqual([type, false]);
    }
    for (const type of [
      'multipart/form-data; boundary=b',
      'image/png',
      'application/x-www-form-urlencoded',
      '',
      'application/jsonx',
    ]) {
      expect([type, await encoded(type)]).toEqual([type, true]);
    }
  });

  test('that no route takes goes to $default', async () => {
    expect(await eventOf(url, 'POST', '/full')).toMatchObject({ routeKey: '$default', rawPath: '/full' });
  });
});

describe('answers', () => {
  test('carry status, headers, cookies and bytes', async () => {
    const response = await fetch(`${url}/full`);
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-count')).toBe('3');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 128]));
  });

  test('to HEAD have no body', async () => {
    const response = await fetch(`${url}/echo`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('429 when the stage has had enough', async () => {
    const { url } = await runFixture({ rate: 0.001, burst: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await fetch(`${url}/full`)).status);
    expect(statuses).toEqual([201, 201, 429]);
  });

  test.each([
    ['10 MB and a byte', 10 * 1024 * 1024 + 1],
    ['more than fits in an event of 6 MB', 5 * 1024 * 1024],
  ])('413 for a body of %s', async (_, bytes) => {
    const response = await fetch(`${url}/echo`, { method: 'POST', body: new Uint8Array(bytes) });
    expect([response.status, await response.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
  });

  test.each([
    ['beyond-latin-1', /Invalid character in header content \["x-name"\]/],
    ['line-break', /Invalid character in header content \["x-name"\]/],
    ['bad-name', /Header name must be a valid HTTP token \["x name"\]/],
    ['bad-cookie', /Invalid character in header content \["set-cookie"\]/],
    ['continue', /It returned no HTTP response: statusCode/],
  ])('500 when a function answers with %s, and the reason is logged', async (how, reason) => {
    const response = await fetch(`${url}/misbehave/${how}`);
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    expect(await line(reason)).toMatch(/^functions\.ts: It returned no HTTP response/);
  });

  test('carry no header about the connection', async () => {
    const response = await fetch(`${url}/misbehave/trailer`);
    expect([response.status, await response.text(), response.headers.get('trailer')]).toEqual([200, 'all', null]);
  });

  test('of a status without a body have none', async () => {
    const response = await send(url, 'GET', '/misbehave/body-of-204');
    expect([response.statusCode, response.headers['content-length'], await text(response)]).toEqual([204, '0', '']);
  });

  test('400 for a path that cannot be decoded', async () => {
    expect((await send(url, 'GET', '/echo/%zz')).statusCode).toBe(400);
  });

  test('a client that goes away in the middle of its body does no harm', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\npart');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    expect((await fetch(`${url}/full`)).status).toBe(201);
  });
});

test('a port that is taken is named', async () => {
  const port = Number(new URL(url).port);
  await expect(runFixture({ port })).rejects.toThrow(`Port ${port} is in use by another program.`);
});

/** What the echo function was given. */
async function eventOf(url: string, ...sent: [method: string, path: string, headers?: Headers, body?: string]) {
  const response = await send(url, ...sent);
  expect(response.statusCode).toBe(200);
  return JSON.parse(await text(response)).event;
}

type Headers = Record<string, string | string[]>;

/** A request whose path and headers are sent as they are. */
async function send(url: string, method: string, path: string, headers: Headers = {}, body?: string) {
  const { hostname, port } = new URL(url);
  const sending = request({
    hostname,
    port,
    method,
    path,
    headers: { ...headers, ...(body && { 'content-length': Buffer.byteLength(body) }) },
    agent: false,
  });
  sending.end(body);
  const [response] = await once(sending, 'response');
  return response;
}
