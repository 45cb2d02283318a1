import { fileURLToPath } from 'node:url';
import { createConfig, lint } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../../functions/http/refusals.ts';
import { type Answer, check, checkAnswer, contract, contractFile, methodsOf } from '../support/contract.ts';

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

describe('an answer that departs from the contract is found', () => {
  const refusal = { success: false, reason: 'x' };
  const good = {
    ...{ method: 'GET', route: '/readPrediction/{id}', status: 404 },
    ...{ headers: { 'content-type': 'application/json' }, body: JSON.stringify(refusal) },
  };
  const read = (change: object) => {
    const paths = contract.paths['/readPrediction/{id}']?.get?.responses['200']?.content?.['application/json'];
    const { value } = (paths as unknown as { examples: { done: { value: object } } }).examples.done;
    const headers = { ...good.headers, 'cache-control': 'no-store' };
    return { ...good, status: 200, headers, body: JSON.stringify({ ...value, ...change }) };
  };

  it('and one that does not is not', () => {
    checkAnswer(good);
    checkAnswer(read({}));
  });

  it.each<[string, Answer, RegExp]>([
    ['a status', { ...good, status: 418 }, /418 is not in the contract/],
    ['a field too many', { ...good, body: JSON.stringify({ ...refusal, stack: '' }) }, /unevaluated/],
    ['a field too few', { ...good, body: '{"success":false}' }, /reason/],
    ['a type of content', { ...good, headers: { 'content-type': 'text/html' } }, /no content of type text\/html/],
    ['a body of HEAD', { ...good, method: 'HEAD' }, /has a body/],
    ['a header too few', { ...read({}), headers: good.headers }, /Cache-Control is missing/],
    ['done without classes', read({ preds: null }), /departs/],
    ['done with a place in the queue', read({ queue: { position: 1, next_run_at: null } }), /departs/],
    ['a method that is refused wrongly', { ...good, method: 'PUT', status: 405 }, /allows 'undefined'/],
    ['an address that is not there', { ...good, route: '/elsewhere', status: 200 }, /not in the contract/],
  ])('%s', (_, answer, why) => {
    expect(() => checkAnswer(answer)).toThrow(why);
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
