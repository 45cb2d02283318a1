import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DayBudget } from '../../core/day-budget.ts';
import type { Backend } from '../support/backends.ts';

const today = '2026-11-24';
const glm = 10n ** 18n;

/** What every implementation of DayBudget must do. */
export function dayBudgetContract(name: string, backend: () => Promise<Backend<DayBudget>>): void {
  describe(`${name} as DayBudget`, () => {
    let source: Backend<DayBudget>;

    beforeAll(async () => {
      source = await backend();
    }, 60_000);
    afterAll(() => source?.close());

    it('adds up what a day spends, each day for itself', async () => {
      const budget = await source.open();
      expect(await budget.spent(today)).toBe(0n);
      expect(await budget.spend(today, 3n * glm, 10n * glm)).toBe(true);
      expect(await budget.spend(today, 4n * glm, 10n * glm)).toBe(true);
      expect(await budget.spend('2026-11-25', glm, 10n * glm)).toBe(true);
      expect(await budget.spent(today)).toBe(7n * glm);
    });

    it('lets the last bit be spent, and nothing beyond it', async () => {
      const budget = await source.open();
      expect(await budget.spend(today, 11n * glm, 10n * glm)).toBe(false);
      expect(await budget.spend(today, 9n * glm, 10n * glm)).toBe(true);
      expect(await budget.spend(today, glm + 1n, 10n * glm)).toBe(false);
      expect(await budget.spend(today, glm, 10n * glm)).toBe(true);
      expect(await budget.spend(today, 1n, 10n * glm)).toBe(false);
      expect(await budget.spent(today)).toBe(10n * glm);
    });

    it('gives back what was not paid', async () => {
      const budget = await source.open();
      await budget.spend(today, 10n * glm, 10n * glm);
      await budget.refund(today, 4n * glm);
      expect(await budget.spend(today, 4n * glm, 10n * glm)).toBe(true);
      expect(await budget.spent(today)).toBe(10n * glm);
    });

    it('never counts less than was spent', async () => {
      const budget = await source.open();
      for (let i = 0; i < 3; i++) await budget.spend(today, 1n, glm);
      expect(await budget.spent(today)).toBeGreaterThanOrEqual(3n);
    });

    it('counts runs that overlap as one', async () => {
      const budget = await source.open();
      const granted = await Promise.all(Array.from({ length: 20 }, () => budget.spend(today, glm, 7n * glm)));
      expect(granted.filter(Boolean)).toHaveLength(7);
      expect(await budget.spent(today)).toBe(7n * glm);
    });
  });
}
