import { fileURLToPath } from 'node:url';
import { createConfig, lint } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../../functions/http/refusals.ts';
import { check, contract, contractFile, methodsOf } from '../support/contract.ts';

describe('the contract', () => {
  it('is good OpenAPI 3.1: no error and no warning of the linter', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
    });
    const problems = await lint({ ref: fileURLToPath(contractFile), config });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it('has examples that fit their schemas', () => {
    const checked: string[] = [];
    walk(contract, (media, at) => {
      const { schema, example, examples = {} } = media as Media;
      const values = [example, ...Object.values(examples).map(({ value }) => value)].filter((v) => v !== undefined);
      for (const value of values) check(schema, value, at);
      checked.push(...values.map(() => at));
    });
    expect(checked.length).toBeGreaterThan(20);
  });

  it('shows an example of every JSON answer', () => {
    walk(contract.paths, (media, at) => {
      const { example, examples } = media as Media;
      const isJsonAnswer = /\/responses\/.*application\/json$/.test(at);
      if (isJsonAnswer) expect(example ?? examples, at).toBeDefined();
    });
  });

  it('knows every status that a refusal can have', () => {
    const documented = Object.values(contract.paths).flatMap((item) =>
      methodsOf(item)
        .filter((method) => method !== 'HEAD')
        .flatMap((method) => Object.keys(item[method.toLowerCase()]?.responses ?? {})),
    );
    const refusals = [...new Set(Object.values(statusOf))].filter((status) => status !== 405);
    for (const status of refusals) expect(documented).toContain(String(status));
  });
});

interface Media {
  readonly schema: Parameters<typeof check>[0];
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** Calls `visit` with everything that has a schema: parameters, headers, contents. */
function walk(value: unknown, visit: (media: object, at: string) => void, at = ''): void {
  if (typeof value !== 'object' || value === null) return;
  if ('schema' in value) visit(value, at);
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'schema' && key !== 'schemas') walk(inner, visit, `${at}/${key}`);
  }
}
