import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdempotencyKeys } from '../../core/ports.ts';
import type { Backend } from '../support/backends.ts';
import { newId } from '../support/ids.ts';

/** What every implementation of IdempotencyKeys must do. */
export function idempotencyKeysContract(name: string, backend: () => Promise<Backend<IdempotencyKeys>>): void {
  describe(`${name} as IdempotencyKeys`, () => {
    let source: Backend<IdempotencyKeys>;
    let keys: IdempotencyKeys;
    const reservation = () => ({ requestId: newId(), imageHash: newId() });

    beforeAll(async () => {
      source = await backend();
      keys = await source.open();
    }, 60_000);
    afterAll(() => source?.close());

    it('gives the first reservation to whoever comes later', async () => {
      const key = newId();
      const first = reservation();
      expect(await keys.reserve(key, first, 100, 200)).toEqual(first);
      expect(await keys.reserve(key, reservation(), 150, 250)).toEqual(first);
    });

    it('keeps keys apart', async () => {
      const [a, b] = [reservation(), reservation()];
      await keys.reserve(newId(), a, 100, 200);
      expect(await keys.reserve(newId(), b, 100, 200)).toEqual(b);
    });

    it('forgets a reservation that has expired', async () => {
      const key = newId();
      await keys.reserve(key, reservation(), 100, 200);
      const later = reservation();
      expect(await keys.reserve(key, later, 201, 300)).toEqual(later);
    });

    it('replaces one reservation by the next, when asked to, and no other', async () => {
      const key = newId();
      const [first, second] = [reservation(), reservation()];
      await keys.reserve(key, first, 100, 200);
      expect(await keys.reserve(key, second, 100, 200, newId())).toEqual(first);
      expect(await keys.reserve(key, second, 100, 200, first.requestId)).toEqual(second);
      expect(await keys.reserve(key, reservation(), 100, 200, first.requestId)).toEqual(second);
    });

    it('gives all of several callers at once the same reservation', async () => {
      const key = newId();
      const given = await Promise.all(Array.from({ length: 8 }, () => keys.reserve(key, reservation(), 100, 200)));
      expect(new Set(given.map(({ requestId }) => requestId)).size).toBe(1);
    });
  });
}
