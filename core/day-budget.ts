/** What all runs of a day (UTC, such as `2026-01-31`) have spent together, kept from run to run. In wei. */
export interface DayBudget {
  /** Never less than was spent. */
  spent(day: string): Promise<bigint>;
  /**
   * Adds an amount to what was spent on a day. Atomic: runs that overlap count as one.
   * @returns false, and no change, when it would come to more than `most`
   */
  spend(day: string, amount: bigint, most: bigint): Promise<boolean>;
  /** Takes an amount off again that was not paid in the end. */
  refund(day: string, amount: bigint): Promise<void>;
}
