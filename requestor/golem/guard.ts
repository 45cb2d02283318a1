import { setTimeout as pause } from 'node:timers/promises';
import { YagnaApi } from '@golem-sdk/golem-js';
import { type Bill, isFair } from './bills.ts';

/** ms between attempts when the daemon fails; the SDK itself would try again at once, or crash. */
const pauseMs = 1_000;
/** Attempts to read an invoice or debit note. */
const paymentAttempts = 5;

type Market = YagnaApi['market'];
type DemandEvent = Awaited<ReturnType<Market['collectOffers']>>[number];

/**
 * The SDK's client of the daemon, made safe against answers with which golem-js 3.6.0 ends the process: any failure
 * of the offer feed but 404, one malformed offer, a rejection without a reason, one failed read of an invoice. And
 * against bills that the SDK would pay unseen, whatever they ask.
 */
export function guardedYagna(apiUrl: string, apiKey: string): YagnaApi {
  const yagna = new YagnaApi({ basePath: apiUrl, apiKey });
  const { market, payment } = yagna;

  const collectOffers = market.collectOffers.bind(market);
  market.collectOffers = ((demandId: string) => untilGone(() => collectOffers(demandId))) as Market['collectOffers'];

  const getInvoice = payment.getInvoice.bind(payment);
  payment.getInvoice = ((id: string) => persistently(() => getInvoice(id))) as typeof payment.getInvoice;

  const getDebitNote = payment.getDebitNote.bind(payment);
  payment.getDebitNote = ((id: string) => persistently(() => getDebitNote(id))) as typeof payment.getDebitNote;

  const check = async (agreementId: string, bill: Bill) => {
    const agreement = await market.getAgreement(agreementId);
    if (!isFair(bill, agreement, Date.now()))
      throw new Error(`A bill of ${bill.amount} GLM is more than was agreed on.`);
  };
  const acceptInvoice = payment.acceptInvoice.bind(payment);
  payment.acceptInvoice = (async (...args: Parameters<typeof acceptInvoice>) => {
    const { agreementId, amount, activityIds } = await getInvoice(args[0]);
    await check(agreementId, { amount, activities: activityIds?.length ?? 1 });
    return acceptInvoice(...args);
  }) as typeof payment.acceptInvoice;

  const acceptDebitNote = payment.acceptDebitNote.bind(payment);
  payment.acceptDebitNote = (async (...args: Parameters<typeof acceptDebitNote>) => {
    const { agreementId, totalAmountDue } = await getDebitNote(args[0]);
    await check(agreementId, { amount: totalAmountDue, activities: 1 });
    return acceptDebitNote(...args);
  }) as typeof payment.acceptDebitNote;

  return yagna;
}

/** 404 says that the demand is gone: the one failure that ends the SDK's feed quietly. */
async function untilGone(collect: () => Promise<DemandEvent[]>): Promise<DemandEvent[]> {
  for (;;) {
    try {
      return (await collect()).filter(isWellFormed).map(withReason);
    } catch (error) {
      if (statusOf(error) === 404) throw error;
      await pause(pauseMs);
    }
  }
}

async function persistently<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === paymentAttempts) throw error;
      await pause(pauseMs);
    }
  }
}

/** What the SDK validates by throwing inside its feed: the usage vector and the prices that go with it. */
function isWellFormed(event: DemandEvent): boolean {
  if (event.eventType !== 'ProposalEvent') return true;
  const { proposal } = event as { proposal?: { properties?: Record<string, unknown> } };
  const usage = proposal?.properties?.['golem.com.usage.vector'];
  const prices = proposal?.properties?.['golem.com.pricing.model.linear.coeffs'];
  return (
    Array.isArray(usage) &&
    usage.length > 0 &&
    Array.isArray(prices) &&
    prices.every((price) => typeof price === 'number' && price >= 0) &&
    prices.length === usage.length + 1
  );
}

function withReason(event: DemandEvent): DemandEvent {
  if (event.eventType !== 'ProposalRejectedEvent') return event;
  const { reason } = event as { reason?: { message?: string } };
  return { ...event, reason: { ...reason, message: reason?.message ?? 'no reason given' } } as DemandEvent;
}

function statusOf(error: unknown): number | undefined {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : undefined;
}
