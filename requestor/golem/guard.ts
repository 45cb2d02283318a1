import { setTimeout as pause } from 'node:timers/promises';
import { YagnaApi } from '@golem-sdk/golem-js';
import { type Bill, invoiceBill } from './bills.ts';
import { type Contract, contractOf, kindOf, tag } from './contracts.ts';
import type { Verdict } from './spending.ts';

/** ms between attempts when the daemon fails; the SDK itself would try again at once, or crash. */
const pauseMs = 1_000;
/** Attempts to read an invoice or debit note. */
const paymentAttempts = 5;
/** Results of one batch that are read, which has three commands at most; and characters of each one's output. */
const maxResults = 16;
const maxOutput = 4_000;

type Market = YagnaApi['market'];
type Demand = Parameters<Market['subscribeDemand']>[0];
type ExeResult = Awaited<ReturnType<YagnaApi['activity']['control']['getExecBatchResults']>>[number];
type DemandEvent = Awaited<ReturnType<Market['collectOffers']>>[number];

/** Decides on a bill. */
export type Judge = (bill: Bill, contract: Contract) => Promise<Verdict>;

/**
 * The SDK's client of the daemon, made safe against answers with which golem-js 3.6.0 ends the process or loses an event: any
 * failure of the offer feed but 404, one malformed offer, a rejection or termination without a reason, one failed read of
 * an invoice; and results of a batch are read in order, so many, and so much of each. And against bills that the SDK would pay unseen, whatever they ask. Its demands carry our tag, and call for
 * no more than `maxThreads`.
 */
export function guardedYagna(apiUrl: string, apiKey: string, maxThreads: number, judge: Judge): YagnaApi {
  const yagna = new YagnaApi({ basePath: apiUrl, apiKey });
  const { market, payment, activity } = yagna;

  const collectOffers = market.collectOffers.bind(market);
  market.collectOffers = ((demandId: string) => untilGone(() => collectOffers(demandId))) as Market['collectOffers'];

  const subscribe = market.subscribeDemand.bind(market);
  market.subscribeDemand = (demand) => subscribe(ofOurs(demand, maxThreads));
  const counter = market.counterProposalDemand.bind(market);
  market.counterProposalDemand = (id, proposal, demand) => counter(id, proposal, ofOurs(demand, maxThreads));

  const collectEvents = market.collectAgreementEvents.bind(market);
  market.collectAgreementEvents = ((...args: Parameters<typeof collectEvents>) => {
    const events = collectEvents(...args);
    return Object.assign(
      events.then((all) => all.map(withReason)),
      { cancel: () => events.cancel() },
    );
  }) as Market['collectAgreementEvents'];

  const getResults = activity.control.getExecBatchResults.bind(activity.control);
  activity.control.getExecBatchResults = (async (...args: Parameters<typeof getResults>) =>
    (await getResults(...args)).slice(0, maxResults).map(inPlace)) as typeof getResults;

  const getInvoice = payment.getInvoice.bind(payment);
  payment.getInvoice = ((id: string) => persistently(() => getInvoice(id))) as typeof payment.getInvoice;

  const getDebitNote = payment.getDebitNote.bind(payment);
  payment.getDebitNote = ((id: string) => persistently(() => getDebitNote(id))) as typeof payment.getDebitNote;

  const check = async (bill: Bill) => {
    const verdict = await judge(bill, await contractOf(market, bill.agreement, (call) => call));
    if (!verdict.pay) throw new Error(`The ${bill.kind} is not paid: ${verdict.reason}.`);
  };
  const acceptInvoice = payment.acceptInvoice.bind(payment);
  payment.acceptInvoice = (async (...args: Parameters<typeof acceptInvoice>) => {
    await check(invoiceBill(await getInvoice(args[0])));
    return acceptInvoice(...args);
  }) as typeof payment.acceptInvoice;

  const acceptDebitNote = payment.acceptDebitNote.bind(payment);
  payment.acceptDebitNote = (async (...args: Parameters<typeof acceptDebitNote>) => {
    const { debitNoteId: id, agreementId, activityId, issuerId, totalAmountDue } = await getDebitNote(args[0]);
    const bill = { id, agreement: agreementId, issuer: issuerId, amount: totalAmountDue };
    await check({ kind: 'debit note', ...bill, activities: [activityId] });
    return acceptDebitNote(...args);
  }) as typeof payment.acceptDebitNote;

  return yagna;
}

function ofOurs({ properties, constraints }: Demand, maxThreads: number): Demand {
  const most = `(golem.inf.cpu.threads<=${maxThreads})`;
  // The SDK writes one flat list: `(&(a=b)(c>=1))`, or a single `(a=b)`.
  const all = constraints.startsWith('(&') ? `${constraints.slice(0, -1)}${most})` : `(&${constraints}${most})`;
  return { properties: { ...properties, [tag.name]: tag.value }, constraints: all };
}

/** The SDK reads on from the number that the last result bears: a provider could have it read the same ones for ever. */
function inPlace(result: ExeResult, index: number): ExeResult {
  const { stdout, stderr, message } = result;
  const cut = (text: unknown) => (typeof text === 'string' ? text.slice(0, maxOutput) : undefined);
  return { ...result, index, stdout: cut(stdout), stderr: cut(stderr), message: cut(message) } as ExeResult;
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

/** The SDK reads the reason of these without looking whether there is one. */
const withAReason = ['ProposalRejectedEvent', 'AgreementRejectedEvent', 'AgreementTerminatedEvent'];

function withReason<Event extends { readonly eventType: string }>(event: Event): Event {
  if (!withAReason.includes(kindOf(event))) return event;
  const { reason } = event as { reason?: { message?: string } };
  return { ...event, reason: { ...reason, message: reason?.message ?? 'no reason given' } };
}

function statusOf(error: unknown): number | undefined {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : undefined;
}
