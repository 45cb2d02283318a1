import type { YagnaApi } from '@golem-sdk/golem-js';
import type { Contract } from './contracts.ts';
import { formatGlm, readGlm, type Wei, weiOf } from './glm.ts';

/** Clocks and counters of both sides differ a little: 10 s, and a tenth of the amount. */
const toleranceMs = 10_000;
const tolerance = { numerator: 11n, denominator: 10n };
/** Starts that one agreement may be billed for: an activity that did not come up is tried again. */
const mostStarts = 3;

/** What a provider asks for: an invoice for an agreement, or a debit note, which is for one activity. */
export interface Bill {
  readonly kind: 'invoice' | 'debit note';
  readonly id: string;
  readonly agreement: string;
  /** Node id of who sent it. */
  readonly issuer: string;
  /** GLM, decimal text, as the provider wrote it. */
  readonly amount: string;
  /** Ids of what it is for. */
  readonly activities: readonly string[];
}

export interface BillLimits {
  /** Threads that are paid for, whatever the offer says: no more were demanded. */
  readonly maxThreads: number;
  /** The most for one agreement. */
  readonly perAgreement: Wei;
}

/** An amount, and in words how it came about. */
export interface Bound {
  readonly most: Wei;
  readonly arithmetic: string;
}

/**
 * The most that an agreement can cost: by the prices that were signed, with every demanded thread at work, from its
 * approval to the earliest of its termination, its expiration and now. Undefined when its prices or dates make no sense.
 * @param now ms
 */
export function boundOf(
  { terms, approvedAt, endedAt, expiresAt }: Contract,
  activities: number,
  { maxThreads, perAgreement }: BillLimits,
  now: number,
): Bound | undefined {
  const end = Math.min(now, expiresAt, endedAt ?? now);
  if (!terms || !Number.isFinite(end - approvedAt)) return undefined;
  const { price } = terms;
  const threads = Math.min(terms.threads, maxThreads);
  const ms = Math.max(0, Math.round(end - approvedAt)) + toleranceMs;
  const starts = Math.min(Math.max(activities, 1), mostStarts);
  const perSecond = weiOf(price.second) + BigInt(threads) * weiOf(price.cpuSecond);
  const exact = BigInt(starts) * weiOf(price.start) + (BigInt(ms) * perSecond) / 1000n;
  const agreed = (exact * tolerance.numerator) / tolerance.denominator;
  const sum = `${starts} x ${price.start} + ${ms / 1000} s x (${price.second} + ${threads} threads x ${price.cpuSecond})`;
  return {
    most: agreed < perAgreement ? agreed : perAgreement,
    arithmetic: `${sum}, and a tenth, = ${formatGlm(agreed)} GLM; at most ${formatGlm(perAgreement)} GLM per agreement`,
  };
}

/** The bill's amount, or why it is none. */
export function amountOf({ amount }: Bill): Wei | string {
  return readGlm(amount) ?? `'${amount.slice(0, 40)}' is no amount of GLM`;
}

type Invoice = Awaited<ReturnType<YagnaApi['payment']['getInvoice']>>;

export function invoiceBill({ invoiceId: id, agreementId, issuerId, amount, activityIds }: Invoice): Bill {
  return { kind: 'invoice', id, agreement: agreementId, issuer: issuerId, amount, activities: activityIds ?? [] };
}
