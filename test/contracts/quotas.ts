import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Quotas } from '../../core/ports.ts';
import type { Backend } from '../support/backends.ts';

/** What every implementation of Quotas must do. */
export function quotasContract(name: string, backend: () => Promise<Backend<Quotas>>): void {
  describe(`${name} as Quotas`, () => {
    let source: Backend<Quotas>;
    let quotas: Quotas;
    beforeAll(async () => {
      source = await backend();
      quotas = await source.open();
    }, 60_000);
    afterAll(() => source?.close());

    it('lets a sender spend its limit, and no more', async () => {
      const spend = () => quotas.spend('a', '2026-11-24', 2);
      expect([await spend(), await spend(), await spend()]).toEqual([true, true, false]);
    });

    it('keeps senders and days apart', async () => {
      expect(await quotas.spend('b', '2026-11-24', 1)).toBe(true);
      expect(await quotas.spend('b', '2026-11-24', 1)).toBe(false);
      expect(await quotas.spend('b', '2026-11-25', 1)).toBe(true);
      expect(await quotas.spend('c', '2026-11-24', 1)).toBe(true);
    });

    it('counts concurrent requests one by one', async () => {
      const spent = await Promise.all(Array.from({ length: 20 }, () => quotas.spend('d', '2026-11-24', 5)));
      expect(spent.filter((within) => within)).toHaveLength(5);
    });

    it('goes on when the limit is raised', async () => {
      expect(await quotas.spend('e', '2026-11-24', 1)).toBe(true);
      expect(await quotas.spend('e', '2026-11-24', 2)).toBe(true);
      expect(await quotas.spend('e', '2026-11-24', 2)).toBe(false);
    });
  });
}
