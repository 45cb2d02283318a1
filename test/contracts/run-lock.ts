import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunLock } from '../../core/run-lock.ts';
import type { Backend } from '../support/backends.ts';

/** What every implementation of RunLock must do. */
export function runLockContract(name: string, backend: () => Promise<Backend<RunLock>>): void {
  describe(`${name} as RunLock`, () => {
    let source: Backend<RunLock>;
    let lock: RunLock;
    beforeAll(async () => {
      source = await backend();
    }, 60_000);
    beforeEach(async () => {
      lock = await source.open();
    });
    afterAll(() => source?.close());

    it('is one owner’s as long as its hold lasts', async () => {
      expect(await lock.hold('a', 0, 100)).toBe(true);
      expect(await lock.hold('b', 99, 200)).toBe(false);
      expect(await lock.hold('b', 100, 200)).toBe(true);
      expect(await lock.hold('a', 150, 300)).toBe(false);
    });

    it('is renewed by its owner, also late', async () => {
      await lock.hold('a', 0, 100);
      expect(await lock.hold('a', 50, 150)).toBe(true);
      expect(await lock.hold('b', 120, 200)).toBe(false);
      expect(await lock.hold('a', 500, 600)).toBe(true);
    });

    it('is free at once when its owner lets go, and only then', async () => {
      await lock.hold('a', 0, 100);
      await lock.release('b');
      expect(await lock.hold('b', 1, 100)).toBe(false);
      await lock.release('a');
      expect(await lock.hold('b', 1, 100)).toBe(true);
      await lock.release('a');
      expect(await lock.hold('c', 2, 100)).toBe(false);
    });

    it('is won by one of many at once', async () => {
      const owners = ['a', 'b', 'c', 'd', 'e'];
      const won = await Promise.all(owners.map((owner) => lock.hold(owner, 0, 100)));
      expect(won.filter(Boolean)).toHaveLength(1);
    });
  });
}
