import { setTimeout as pause } from 'node:timers/promises';
import { YagnaApi } from '@golem-sdk/golem-js';
import type { Clock, RunCost } from '../../core/ports.ts';
import { invoiceBill } from './bills.ts';
import { contractOf } from './contracts.ts';
import { within } from './deadlines.ts';
import { formatGlm, readGlm, weiOf } from './glm.ts';
import { allItems } from './pages.ts';
import type { GolemSettings, Log } from './settings.ts';
import type { Spending } from './spending.ts';

const pollMs = 500;
/** ms for one call to the daemon. */
const callMs = 5_000;
/** An invoice that nobody has accepted for so long is nobody's, ms. */
const abandonedMs = 20_000;
/** Providers date their invoices; their clocks may be wrong by so much, ms. */
const clockSkewMs = 3_600_000;
/** What is set aside to pay an invoice, beyond its amount. */
const margin = weiOf(0.01);

type Rejection = Parameters<YagnaApi['payment']['rejectInvoice']>[1];
type Invoice = Awaited<ReturnType<YagnaApi['payment']['getInvoices']>>[number];

/** A demand or an allocation that a family process has opened at the daemon. */
export interface Opened {
  readonly demand?: string;
  readonly allocation?: string;
}

/** What family processes may have left behind. */
export interface LeftBehind {
  /** Of the family processes, as the daemon knows them. */
  readonly sessions: readonly string[];
  readonly opened: readonly Opened[];
}

export interface ReconcileLimits {
  /** ms that it may take. */
  readonly deadline: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly spending: Spending;
}

type Paid = Pick<RunCost, 'glm' | 'invoices'>;

/**
 * Ends and pays what family processes left behind when they crashed or were killed: agreements that nobody holds any
 * more, demands that still call for providers, allocations that bind money, and invoices that nobody accepted; also
 * those of runs that vanished, as far as their agreements carry our tag. What is paid, `spending` decides; bills that are
 * wrong are rejected, and those for which nothing is left wait for the next run.
 * @returns what the sessions have cost, and what was paid for vanished runs, as far as it is known before the deadline
 * @throws Error when the daemon does not list the sessions' agreements
 */
export async function reconcile(
  settings: GolemSettings,
  apiKey: string,
  { sessions, opened }: LeftBehind,
  limits: ReconcileLimits,
): Promise<Paid> {
  const daemon = new Daemon(settings, apiKey, limits);
  const agreements = await daemon.agreements(sessions);
  await daemon.withdraw(opened);
  await daemon.terminate(agreements.open);
  return daemon.payInvoices(agreements.all);
}

class Daemon {
  readonly #yagna: YagnaApi;
  readonly #deadline: AbortSignal;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #spending: Spending;

  constructor(settings: GolemSettings, apiKey: string, { deadline, clock, log, spending }: ReconcileLimits) {
    this.#yagna = new YagnaApi({ basePath: settings.apiUrl, apiKey });
    this.#deadline = AbortSignal.timeout(deadline);
    this.#clock = clock;
    this.#log = log;
    this.#spending = spending;
  }

  /** All that were ever in force, and those that still are. */
  async agreements(sessions: readonly string[]): Promise<{ all: Set<string>; open: string[] }> {
    const list = async (state: 'Pending' | 'Approved' | 'Terminated') => {
      const lists = sessions.map((session) => this.#call(this.#yagna.market.listAgreements(session, state)));
      return (await Promise.all(lists)).flat().map(({ id }) => id);
    };
    await this.#cancel(await list('Pending'));
    const open = await list('Approved');
    return { all: new Set([...open, ...(await list('Terminated'))]), open };
  }

  /** What is closed already is refused, which is as good. */
  async withdraw(opened: readonly Opened[]): Promise<void> {
    const { market, payment } = this.#yagna;
    await Promise.allSettled(
      opened.flatMap(({ demand, allocation }) => [
        ...(demand ? [this.#call(market.unsubscribeDemand(demand))] : []),
        ...(allocation ? [this.#call(payment.releaseAllocation(allocation))] : []),
      ]),
    );
  }

  /** Signed by us, and not yet by the provider; it might be at any time. */
  async #cancel(agreements: readonly string[]): Promise<void> {
    const { market } = this.#yagna;
    await Promise.allSettled(agreements.map((id) => this.#call(market.cancelAgreement(id, { message: 'Finished' }))));
  }

  async terminate(agreements: readonly string[]): Promise<void> {
    await Promise.allSettled(
      agreements.map((id) => this.#call(this.#yagna.market.terminateAgreement(id, { message: 'Finished' }))),
    );
  }

  /** Waits for each agreement's invoice, within the deadline, and accepts those that nobody has. */
  async payInvoices(agreements: ReadonlySet<string>): Promise<Paid> {
    const unbilled = new Set(agreements);
    const seen = new Set<string>();
    let glm = 0n;
    let invoices = 0;
    let since: string | undefined;
    try {
      for (;;) {
        const fresh = (await this.#invoices(since)).filter(({ invoiceId }) => !seen.has(invoiceId));
        for (const invoice of fresh) if (isAccepted(invoice)) this.#spending.remember(invoiceBill(invoice));
        for (const invoice of fresh) {
          const isOfThisRun = agreements.has(invoice.agreementId);
          if (!isOfThisRun && !(invoice.status === 'RECEIVED' && this.#isOld(invoice))) continue;
          unbilled.delete(invoice.agreementId);
          seen.add(invoice.invoiceId);
          if (await this.#isPaid(invoice, isOfThisRun)) {
            glm += readGlm(invoice.amount) ?? 0n;
            invoices++;
          }
        }
        if (unbilled.size === 0) break;
        // The list holds all runs' invoices; only new ones are waited for.
        since ??= new Date(this.#clock() - clockSkewMs).toISOString();
        await pause(pollMs, undefined, { signal: this.#deadline });
      }
    } catch (error) {
      this.#log.warn({ agreements: [...unbilled], err: error }, 'not all invoices have come');
    }
    return { glm: Number(formatGlm(glm)), invoices };
  }

  #invoices(since: string | undefined): Promise<Invoice[]> {
    const { payment } = this.#yagna;
    const list = (after: string | undefined, maxItems: number) => this.#call(payment.getInvoices(after, maxItems));
    return allItems<Invoice>(list, ({ invoiceId }) => invoiceId, { since });
  }

  /** True when it was accepted before, or is now. */
  async #isPaid(invoice: Invoice, isOfThisRun: boolean): Promise<boolean> {
    const { invoiceId, agreementId, amount, status } = invoice;
    if (status !== 'RECEIVED') return isAccepted(invoice);
    try {
      const contract = await contractOf(this.#yagna.market, agreementId, (call) => this.#call(call));
      // Others may use the same daemon: their bills are theirs to pay or reject.
      if (!isOfThisRun && !contract.isOurs) return false;
      const verdict = await this.#spending.judge(invoiceBill(invoice), contract);
      if (verdict.pay) await this.#accept(invoice);
      else if (verdict.isWrong) await this.#reject(invoice, verdict.reason);
      else this.#log.warn({ invoice: invoiceId, reason: verdict.reason }, 'an invoice waits for the next run');
      return verdict.pay;
    } catch (error) {
      this.#log.warn({ invoice: invoiceId, amount, err: error }, 'an invoice could not be paid');
      return false;
    }
  }

  /** Of a run that vanished: whoever is alive accepts an invoice within seconds. */
  #isOld({ timestamp }: Invoice): boolean {
    return Date.parse(timestamp) < this.#clock() - abandonedMs;
  }

  async #reject({ invoiceId, agreementId }: Invoice, reason: string): Promise<void> {
    this.#log.warn({ invoice: invoiceId, agreement: agreementId, reason }, 'an invoice is wrong');
    const rejection = { rejectionReason: 'INCORRECT_AMOUNT', totalAmountAccepted: '0', message: reason };
    await this.#call(this.#yagna.payment.rejectInvoice(invoiceId, rejection as Rejection));
  }

  /** By an allocation of its own: the one of the process that ordered the work is out of reach. */
  async #accept({ invoiceId, agreementId, amount, paymentPlatform }: Invoice): Promise<void> {
    const { payment, identity } = this.#yagna;
    const { identity: address } = await this.#call(identity.getIdentity());
    const now = this.#clock();
    const { allocationId } = await this.#call(
      payment.createAllocation({
        address,
        paymentPlatform,
        totalAmount: formatGlm((readGlm(amount) ?? 0n) + margin),
        timestamp: new Date(now).toISOString(),
        timeout: new Date(now + 3_600_000).toISOString(),
        makeDeposit: false,
        remainingAmount: '',
        spentAmount: '',
        allocationId: '',
      }),
    );
    try {
      await this.#call(payment.acceptInvoice(invoiceId, { totalAmountAccepted: amount, allocationId }));
    } catch (error) {
      // Refused, or its answer was lost.
      if (!isAccepted(await this.#call(payment.getInvoice(invoiceId)))) await this.#spending.refund(agreementId);
      throw error;
    } finally {
      await this.#call(payment.releaseAllocation(allocationId));
    }
  }

  /** A call that is not answered in time is dropped. */
  async #call<T>(call: Promise<T> & { cancel?: () => void }): Promise<T> {
    const late = () => new Error('The Golem daemon did not answer in time.');
    try {
      return await within({ ms: callMs, late, signal: this.#deadline }, call);
    } catch (error) {
      call.cancel?.();
      throw error;
    }
  }
}

const isAccepted = ({ status }: Invoice): boolean => ['ACCEPTED', 'SETTLED'].includes(status);
