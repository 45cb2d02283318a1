import type { YagnaApi } from '@golem-sdk/golem-js';
import { termsOf } from './spending.ts';

type Agreement = Awaited<ReturnType<YagnaApi['market']['getAgreement']>>;

/** Clocks and counters of both sides differ a little. */
const tolerance = { factor: 1.1, seconds: 10 };
/** Starts that one agreement may be billed for: an activity that did not come up is tried again. */
const mostStarts = 3;

/** What a bill says, as far as it matters here: an invoice, or a debit note, which is for one activity. */
export interface Bill {
  /** GLM, decimal text. */
  readonly amount: string;
  readonly activities: number;
}

/**
 * Whether a bill can be right: by the prices that were signed, for all the time that the agreement has been in force, with
 * every thread at work.
 * @param now ms
 */
export function isFair(
  { amount, activities }: Bill,
  { offer, approvedDate, timestamp }: Agreement,
  now: number,
): boolean {
  const terms = termsOf(offer.properties as Record<string, unknown>);
  if (!terms) return false;
  const { price, threads } = terms;
  const seconds = (now - Date.parse(approvedDate ?? timestamp)) / 1000 + tolerance.seconds;
  const starts = Math.min(Math.max(activities, 1), mostStarts) * price.start;
  return Number(amount) <= tolerance.factor * (starts + seconds * (price.second + threads * price.cpuSecond));
}
