import { expect, test } from 'vitest';
import { toResponse } from '../../local/cloud/response.ts';

test.each([
  ['an object without a status', { a: 1 }, 200, 'application/json', '{"a":1}'],
  ['text', 'hello', 200, 'application/json', 'hello'],
  ['nothing', null, 200, 'application/json', 'null'],
  ['a status alone', { statusCode: 204 }, 204, 'text/plain;charset=UTF-8', ''],
  ['base64', { statusCode: 200, body: 'aGk=', isBase64Encoded: true }, 200, 'text/plain;charset=UTF-8', 'hi'],
  ['its own type', { statusCode: 400, headers: { 'Content-Type': 'a/b' }, body: 'x' }, 400, 'a/b', 'x'],
])('%s', (_, returned, status, contentType, body) => {
  const response = toResponse(returned);
  expect(response).toMatchObject({ status, headers: { 'content-type': contentType } });
  expect(response.body.toString()).toBe(body);
});

test('the gateway writes length and connection itself', () => {
  const headers = { 'Content-Length': 99, Connection: 'close', Trailer: 'x-sum', 'X-Kept': true };
  expect(toResponse({ statusCode: 200, headers }).headers).toEqual({
    'content-type': 'text/plain;charset=UTF-8',
    'x-kept': 'true',
  });
});

test.each([
  { statusCode: 'many' },
  { statusCode: 99 },
  { statusCode: 101 },
  { statusCode: 200, headers: { 'x-a': '\u0100' } },
  { statusCode: 200, headers: { 'x-a': '\n' } },
  { statusCode: 200, headers: { '': 'a' } },
  { statusCode: 200, cookies: ['\u0100'] },
  { statusCode: 200, body: {} },
  { statusCode: 200, headers: { a: {} } },
])('not a response: %j', (returned) => {
  expect(() => toResponse(returned)).toThrow('It returned no HTTP response');
});
