import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, describe, expect, test } from 'vitest';
import { Authorizer, identitySource } from '../../local/cloud/authorizers.ts';
import { runFixture } from './running-cloud.ts';

describe('a guarded route', async () => {
  const cloud = await runFixture({}, afterAll);
  const send = async (key?: string, path = '/guarded?x=1', method = 'POST') => {
    const headers: Record<string, string> = key === undefined ? {} : { 'X-Key': key };
    const response = await fetch(cloud.url + path, { method, headers });
    return [response.status, await response.json()];
  };
  const asked = (key: string) => cloud.lines.filter((line) => line.endsWith(`asked about ${key}`)).length;

  test('answers 401 to who says nothing, without asking the authorizer', async () => {
    expect(await send()).toEqual([401, { message: 'Unauthorized' }]);
    expect(await send('')).toEqual([401, { message: 'Unauthorized' }]);
    expect(cloud.lines.join()).not.toContain('asked about');
  });

  test('answers 403 to who is turned away', async () => {
    expect(await send('bad')).toEqual([403, { message: 'Forbidden' }]);
  });

  test('tells the function what the authorizer said, which was shown the request without its body', async () => {
    const [status, { event }] = await send('good');
    expect([status, event.routeKey]).toEqual([200, 'POST /guarded']);
    const { asked } = event.requestContext.authorizer.lambda;
    expect(asked).toMatchObject({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:us-east-1:anonymous:local/$default/POST/guarded',
      identitySource: ['good'],
      routeKey: 'POST /guarded',
      rawPath: '/guarded',
      queryStringParameters: { x: '1' },
      headers: { 'x-key': 'good' },
      requestContext: { http: { method: 'POST' } },
    });
    expect(asked).not.toHaveProperty('body');
    expect(asked).not.toHaveProperty('isBase64Encoded');
  });

  test('remembers who may pass, and for other routes too', async () => {
    await send('good');
    const before = asked('good');
    expect((await send('good', '/guarded-any', 'GET'))[0]).toBe(200);
    expect(asked('good')).toBe(before);
  });

  test.each(['throw', 'garble'])('answers 500 when the authorizer does %s, and does not remember it', async (key) => {
    for (const times of [1, 2]) {
      expect(await send(key)).toEqual([500, { message: 'Internal Server Error' }]);
      expect(asked(key)).toBe(times);
    }
    await cloud.line(key === 'throw' ? /thrown on purpose/ : /no simple response of an authorizer/);
  });

  test('is the only one: others are open', async () => {
    expect((await fetch(`${cloud.url}/echo`)).status).toBe(200);
    expect((await fetch(`${cloud.url}/guarded`)).status).toBe(200);
  });
});

describe('what an authorizer said', () => {
  test.each([true, false])('is remembered until its time is over (%s)', async (isAuthorized) => {
    const { authorizer, answers, at, calls } = authorizerOf(60_000);
    const verdict = isAuthorized ? 'allowed' : 'denied';
    answers.isAuthorized = isAuthorized;
    expect(await authorizer.decide(request('a'))).toMatchObject({ verdict });
    answers.isAuthorized = !isAuthorized;
    at.now = 59_999;
    expect(await authorizer.decide(request('a'))).toMatchObject({ verdict });
    expect(await authorizer.decide(request('b'))).not.toMatchObject({ verdict });
    expect(calls).toHaveLength(2);
    at.now = 60_000;
    expect(await authorizer.decide(request('a'))).not.toMatchObject({ verdict });
    expect(calls).toHaveLength(3);
  });

  test('is not remembered at all with a time of 0', async () => {
    const { authorizer, calls } = authorizerOf(0);
    await authorizer.decide(request('a'));
    await authorizer.decide(request('a'));
    expect(calls).toHaveLength(2);
  });

  test('takes every identity source to be there', async () => {
    const { authorizer, calls } = authorizerOf(0, ['$request.header.X-Key', '$request.querystring.who']);
    expect(await authorizer.decide(request('a'))).toEqual({ verdict: 'unidentified' });
    expect(await authorizer.decide(request('a', 'who='))).toEqual({ verdict: 'unidentified' });
    expect(await authorizer.decide(request('a', 'Who=me'))).toEqual({ verdict: 'unidentified' });
    expect(calls).toEqual([]);
    expect(await authorizer.decide(request('a', 'who=me'))).toMatchObject({ verdict: 'allowed' });
    expect(calls[0]).toMatchObject({ identitySource: ['a', 'me'] });
  });
});

test('an identity source that is not known here is an error', () => {
  expect(() => identitySource('$stageVariables.x')).toThrow('does not know the identity source $stageVariables.x');
});

function authorizerOf(ttl: number, sources = ['$request.header.X-Key']) {
  const at = { now: 0 };
  const answers = { isAuthorized: true };
  const calls: unknown[] = [];
  const lambda = {
    async invoke(event: unknown) {
      calls.push(event);
      return { ...answers };
    },
  };
  return { at, answers, calls, authorizer: new Authorizer(lambda, sources.map(identitySource), ttl, () => at.now) };
}

function request(key: string, rawQueryString = ''): APIGatewayProxyEventV2 {
  const requestContext = { accountId: 'anonymous', apiId: 'local', stage: '$default', http: { method: 'POST' } };
  return { headers: { 'x-key': key }, rawPath: '/', rawQueryString, requestContext } as never;
}
