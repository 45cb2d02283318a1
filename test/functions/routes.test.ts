import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Route, routes } from '../../functions/routes.ts';
import { contract, methodsOf } from '../support/contract.ts';

const table = Object.entries<Route>(routes);

test('the routes are those of the contract, with their methods', () => {
  const served = table.map(([, { path, methods }]) => [
    path,
    methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
  ]);
  const documented = Object.entries(contract.paths).map(([path, item]) => [path, methodsOf(item)]);
  expect(Object.fromEntries(served)).toEqual(Object.fromEntries(documented));
});

test('each is named as the contract’s operation', () => {
  for (const [name, { path, methods }] of table) {
    const [method = 'GET'] = methods;
    expect(contract.paths[path]?.[method.toLowerCase()]?.operationId).toBe(name);
  }
});

test('the keyed ones are those to which the contract’s operation takes a key', () => {
  const keyed = table.filter(([, { takesKey }]) => takesKey).map(([name]) => name);
  const documented = Object.values(contract.paths)
    .map((item) => item.post as { operationId: string; security?: readonly object[] } | undefined)
    .filter((operation) => operation?.security?.some((scheme) => Object.keys(scheme).length > 0));
  expect(documented.map((operation) => operation?.operationId)).toEqual(keyed);
});

test('docs/api.md has a row for each', () => {
  const manual = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const [, firstTable = ''] = /\| route [^\n]*\n\|[^\n]*\n((?:\|[^\n]*\n)+)/.exec(manual) ?? [];
  const rows = firstTable
    .trim()
    .split('\n')
    .map((row) => {
      const [, first = ''] = row.split('|');
      const [, method, path, others] = /`(\w+) (\/[^`]*)`(?:\]\([^)]*\))?(?: \(or `(\w+)`\))?/.exec(first) ?? [];
      return [path, others ? [method, others] : [method]];
    });
  expect(rows).toEqual(table.map(([, { path, methods }]) => [path, [...methods]]));
});
