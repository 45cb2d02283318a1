import type { DayBudget } from '../../core/day-budget.ts';

export class MemoryDayBudget implements DayBudget {
  readonly #spent = new Map<string, bigint>();

  async spent(day: string): Promise<bigint> {
    return this.#spent.get(day) ?? 0n;
  }

  async spend(day: string, amount: bigint, most: bigint): Promise<boolean> {
    const after = (this.#spent.get(day) ?? 0n) + amount;
    if (after > most) return false;
    this.#spent.set(day, after);
    return true;
  }

  async refund(day: string, amount: bigint): Promise<void> {
    this.#spent.set(day, (this.#spent.get(day) ?? 0n) - amount);
  }
}
