import { afterAll, describe, expect, test } from 'vitest';
import { runFixture } from './running-cloud.ts';

const page = 'https://page.example';
const cors = {
  AllowOrigins: [page, 'http://*'],
  AllowMethods: ['GET', 'POST'],
  AllowHeaders: ['content-type', 'x-key'],
  ExposeHeaders: ['location'],
  MaxAge: 600,
};

describe('with a configuration', async () => {
  const { url, lines } = await runFixture({ cors }, afterAll);

  test.each([
    ['a route that takes OPTIONS', '/echo'],
    ['one that is guarded for others', '/guarded'],
    ['one that takes GET alone', '/full'],
    ['no route', '/nowhere'],
  ])('a preflight is answered without the function behind it: %s', async (_, path) => {
    const response = await preflight(url + path, page);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(corsHeadersOf(response)).toEqual({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'content-type,x-key',
      'access-control-max-age': '600',
    });
    expect(lines.join()).not.toContain('called');
  });

  test('an authorizer of a route that takes OPTIONS stands before preflights, too', async () => {
    expect((await preflight(`${url}/guarded-any`, page)).status).toBe(401);
    expect((await preflight(`${url}/guarded-any`, page, { 'x-key': 'good' })).status).toBe(204);
  });

  test('a page of another origin is given nothing to go on', async () => {
    const other = 'https://page.example.org';
    expect(corsHeadersOf(await preflight(`${url}/echo`, other))).toEqual({});
    expect(corsHeadersOf(await fetch(`${url}/full`, { headers: { origin: other } }))).toEqual({});
  });

  test('answers to pages carry what they may see; other callers’ answers do not', async () => {
    expect(corsHeadersOf(await fetch(`${url}/full`, { headers: { origin: page } }))).toEqual({
      'access-control-allow-origin': page,
      'access-control-expose-headers': 'location',
    });
    expect(corsHeadersOf(await fetch(`${url}/full`, { headers: { origin: 'http://any.example' } }))).toMatchObject({
      'access-control-allow-origin': 'http://any.example',
    });
    expect(corsHeadersOf(await fetch(`${url}/full`))).toEqual({});
  });

  test('what a function says of CORS is left out', async () => {
    expect(corsHeadersOf(await fetch(`${url}/misbehave/allow-all`))).toEqual({});
  });

  test('OPTIONS that asks for nothing goes to its route', async () => {
    const response = await fetch(`${url}/echo`, { method: 'OPTIONS', headers: { origin: page } });
    expect([response.status, (await response.json()).event.requestContext.http.method]).toEqual([200, 'OPTIONS']);
  });
});

test('every origin, where that is configured', async () => {
  const { url } = await runFixture({ cors: { AllowOrigins: ['*'], AllowMethods: ['*'] } });
  expect(corsHeadersOf(await preflight(`${url}/echo`, page))).toEqual({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': '*',
  });
});

test('without a configuration, preflights go to their routes, and functions speak for themselves', async () => {
  const { url } = await runFixture({});
  const response = await preflight(`${url}/echo`, page);
  expect([response.status, (await response.json()).event.requestContext.http.method]).toEqual([200, 'OPTIONS']);
  expect(corsHeadersOf(await fetch(`${url}/misbehave/allow-all`))).toEqual({ 'access-control-allow-origin': '*' });
});

function preflight(url: string, origin: string, more: Record<string, string> = {}): Promise<Response> {
  const headers = { origin, 'access-control-request-method': 'POST', ...more };
  return fetch(url, { method: 'OPTIONS', headers });
}

function corsHeadersOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}
