import { describe, expect, test } from 'vitest';
import type { LambdaFunction } from '../../local/cloud/functions.ts';
import { matchRoute } from '../../local/cloud/routes.ts';

// In an order that a search for the first match would get wrong.
const routes = ['$default', 'ANY /{a}/{b}', 'ANY /read/{id}', 'GET /read/{id}', 'ANY /read/me', 'ANY /models'].map(
  (key) => ({
    key,
    target: {} as LambdaFunction,
  }),
);

describe('the most specific route takes the request', () => {
  test.each([
    ['GET', '/models', 'ANY /models', {}],
    ['GET', '/read/7', 'GET /read/{id}', { id: '7' }],
    ['POST', '/read/7', 'ANY /read/{id}', { id: '7' }],
    ['GET', '/read/me', 'ANY /read/me', {}],
    ['GET', '/x/y', 'ANY /{a}/{b}', { a: 'x', b: 'y' }],
    ['GET', '/read/a%2Fb%20c', 'GET /read/{id}', { id: 'a/b c' }],
    ['GET', '/read/', '$default', {}],
    ['GET', '/models/', '$default', {}],
    ['GET', '/Models', '$default', {}],
    ['GET', '/', '$default', {}],
  ])('%s %s', (method, path, key, pathParameters) => {
    expect(matchRoute(routes, method, path)).toMatchObject({ route: { key }, pathParameters });
  });
});

test('a path that cannot be decoded is an error', () => {
  expect(() => matchRoute(routes, 'GET', '/read/%zz')).toThrow(URIError);
});

test('no route, no match', () => {
  expect(matchRoute([], 'GET', '/')).toBeUndefined();
});
