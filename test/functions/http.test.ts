import { afterEach, describe, expect, it, vi } from 'vitest';
import { CallerError, type CallerErrorCode, PlatformError, ProviderError } from '../../core/errors.ts';
import { http } from '../../functions/http/http.ts';
import { statusOf } from '../../functions/http/refusals.ts';
import { lambdaLog } from '../../functions/http/request-log.ts';
import { MemoryLog, send } from '../support/http.ts';

const secret = 'arn:aws:dynamodb:eu-west-1:123456789012:table/secret';
const failing = (error: unknown, log = new MemoryLog()) =>
  http(['GET'], log, () => {
    throw error;
  });

describe('errors in HTTP', () => {
  it.each(Object.entries(statusOf))('%s is %i, with its reason', async (code, status) => {
    const response = await send(failing(new CallerError(code as CallerErrorCode, 'the reason')), { method: 'GET' });
    expect(response.status).toBe(status);
    expect(response.json).toEqual({ success: false, reason: 'the reason' });
  });

  it('a fault of the platform is 503, and says when to try again', async () => {
    const response = await send(failing(new PlatformError('down', secret)), { method: 'GET' });
    expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '10' }, json: { success: false } });
  });

  it.each([
    new PlatformError('down', secret, { cause: new Error(secret) }),
    new ProviderError('bad', secret),
    new TypeError(secret),
    Object.assign(new Error(secret), { statusCode: 200, body: secret, expose: true }),
    { toString: () => secret },
    secret,
    undefined,
    null,
  ])('the caller learns nothing of what happened inside (%#)', async (error) => {
    const response = await send(failing(error), { method: 'GET' });
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(response.json).toEqual({ success: false, reason: expect.stringMatching(/^[A-Z][^:/]+\.$/) });
    expect(JSON.stringify(response)).not.toMatch(/secret|\.ts|node_modules|Error/);
  });

  it('the log learns all of it', async () => {
    const log = new MemoryLog();
    const error = new Error('outer', { cause: new Error('inner') });
    await send(failing(error, log), { method: 'GET' });
    expect(log.lines).toMatchObject([{ error }, { message: 'refused', status: 500, code: 'our_fault' }]);
  });

  it('a function that is about to run out of time answers 503 first', async () => {
    const fn = http(['GET'], new MemoryLog(), () => new Promise(() => {}));
    const response = await send(fn, { method: 'GET' }, { getRemainingTimeInMillis: () => 501 });
    expect(response.status).toBe(503);
  });
});

describe('a browser that asks whether a page of another origin may send', () => {
  const fn = http(['POST'], new MemoryLog(), () => {
    throw new Error('It was not to be done yet.');
  });

  it('is told that it may go on, and nothing is done', async () => {
    const headers = { Origin: 'https://page.example', 'Access-Control-Request-Method': 'POST' };
    expect(await send(fn, { method: 'OPTIONS', headers })).toMatchObject({ status: 204, text: '' });
  });

  it('has to ask: OPTIONS alone is refused like any method', async () => {
    const headers = { Origin: 'https://page.example' };
    expect(await send(fn, { method: 'OPTIONS', headers })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('every answer', () => {
  const log = new MemoryLog();
  const ok = http(['GET'], log, () => ({ status: 200, body: {} }));

  it.each([
    ['an answer', ok, 'GET'],
    ['a refusal', failing(new CallerError('empty_image', 'x')), 'GET'],
    ['a method not served', ok, 'PUT'],
    ['a bug', failing(new Error('x')), 'GET'],
  ])('is safe in a browser: %s', async (_, fn, method) => {
    const { headers } = await send(fn, { method });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    });
  });
});

describe("Lambda's log", () => {
  afterEach(() => vi.restoreAllMocks());

  it('is one line of JSON, with causes', () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(`${line}`) > 0);
    lambdaLog().error('It failed.', { error: new Error('outer', { cause: new Error('inner') }) });
    vi.restoreAllMocks();
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({ level: 'ERROR', service: 'mlg', message: 'It failed.' });
    expect(line.error).toMatchObject({
      message: expect.stringContaining('outer'),
      stack: expect.stringMatching(/caused by: Error: inner/),
    });
  });
});
