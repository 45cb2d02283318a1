import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiKey, ApiKeys } from '../../core/api-keys.ts';
import type { Backend } from '../support/backends.ts';

/** What every implementation of ApiKeys must do. */
export function apiKeysContract(name: string, backend: () => Promise<Backend<ApiKeys>>): void {
  describe(`${name} as ApiKeys`, () => {
    let source: Backend<ApiKeys>;
    let keys: ApiKeys;
    beforeAll(async () => {
      source = await backend();
    }, 60_000);
    beforeEach(async () => {
      keys = await source.open();
    });
    afterAll(() => source?.close());
    const key = (id: string, createdAt: number): ApiKey => ({
      id,
      name: `for ${id}`,
      hash: 'ab'.repeat(32),
      createdAt,
    });

    it('gives back what was added', async () => {
      await keys.add(key('a', 1));
      expect(await keys.get('a')).toEqual(key('a', 1));
      expect(await keys.get('b')).toBeUndefined();
    });

    it('revokes once', async () => {
      await keys.add(key('a', 1));
      expect(await keys.revoke('a', 5)).toBe(true);
      expect(await keys.revoke('a', 6)).toBe(false);
      expect(await keys.revoke('b', 6)).toBe(false);
      expect(await keys.get('a')).toEqual({ ...key('a', 1), revokedAt: 5 });
      expect(await keys.get('b')).toBeUndefined();
    });

    it('lists all, the oldest first', async () => {
      for (const [id, at] of [
        ['b', 2],
        ['a', 3],
        ['c', 1],
      ] as const)
        await keys.add(key(id, at));
      const ids: string[] = [];
      for await (const { id } of keys.all()) ids.push(id);
      expect(ids).toEqual(['c', 'b', 'a']);
    });
  });
}
