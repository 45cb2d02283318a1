import { expect, test } from 'vitest';
import { runKeys } from '../../bin/keys.ts';
import { type ApiKey, type ApiKeys, validKey } from '../../core/api-keys.ts';

test('make shows a key that is valid until revoke', async () => {
  const { keys, run, printed } = setUp();
  expect(await run('make', 'a friend')).toBe(0);
  const [written = ''] = printed;
  expect(await validKey(keys, written)).toBeDefined();
  const [, id = ''] = written.split('_');
  expect(await run('revoke', id)).toBe(0);
  expect(await validKey(keys, written)).toBeUndefined();
  expect(await run('revoke', id)).toBe(1);
});

test('list shows whose they are, and no secret', async () => {
  const { run, printed } = setUp();
  await run('make', 'a friend');
  const [, id, secret = ''] = printed[0]?.split('_') ?? [];
  printed.length = 0;
  expect(await run('list')).toBe(0);
  expect(printed).toEqual([expect.stringMatching(`^${id}  made \\d{4}-\\d\\d-\\d\\d  a friend$`)]);
  expect(printed.join()).not.toContain(secret);
});

test.each([[[]], [['make']], [['list', 'x']], [['erase', 'x']]])('%j is answered with how to use it', async (words) => {
  const { run, printed } = setUp();
  expect(await run(...words)).toBe(2);
  expect(printed[0]).toMatch(/^usage:/);
});

function setUp() {
  const kept = new Map<string, ApiKey>();
  const keys: ApiKeys = {
    add: async (key) => void kept.set(key.id, key),
    get: async (id) => kept.get(id),
    revoke: async (id, now) => {
      const key = kept.get(id);
      if (!key || key.revokedAt) return false;
      kept.set(id, { ...key, revokedAt: now });
      return true;
    },
    all: async function* () {
      yield* kept.values();
    },
  };
  const printed: string[] = [];
  return { keys, printed, run: (...words: string[]) => runKeys(keys, words, (line) => printed.push(line)) };
}
