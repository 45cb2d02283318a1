import { newUuid } from '../../provider/ids.ts';
import { formatGlm, parseGlm, type Wei } from '../../provider/money.ts';
import type { Agreement } from './agreements.ts';
import type { Allocations } from './allocations.ts';
import { type Acceptance, type BillParties, billParties, checkAmount, type ListQuery, listed } from './bills.ts';
import { DaemonError } from './errors.ts';
import { type EventDates, Feed } from './feed.ts';

export interface Invoice extends BillParties {
  readonly invoiceId: string;
  readonly agreementId: string;
  readonly activityIds: readonly string[];
  /** GLM, decimal text. */
  readonly amount: string;
  readonly timestamp: string;
  readonly paymentDueDate: string;
  status: 'RECEIVED' | 'ACCEPTED' | 'REJECTED';
}

const PAYMENT_TERM_MS = 24 * 3_600_000;

/** Bills for whole agreements: one each. */
export class Invoices {
  readonly feed: Feed<{ readonly eventType: 'InvoiceReceivedEvent'; readonly invoiceId: string }>;
  readonly #dates: EventDates;
  readonly #allocations: Allocations;
  readonly #invoices = new Map<string, Invoice>();

  constructor(dates: EventDates, allocations: Allocations) {
    this.#dates = dates;
    this.#allocations = allocations;
    this.feed = new Feed(dates);
  }

  issue(agreement: Agreement, activityIds: readonly string[], amount: Wei): Invoice {
    const timestamp = this.#dates.next();
    const invoice: Invoice = {
      ...billParties(agreement),
      invoiceId: newUuid(),
      agreementId: agreement.id,
      activityIds,
      amount: formatGlm(amount),
      timestamp,
      paymentDueDate: new Date(Date.parse(timestamp) + PAYMENT_TERM_MS).toISOString(),
      status: 'RECEIVED',
    };
    this.#invoices.set(invoice.invoiceId, invoice);
    this.feed.publish(agreement.appSessionId, { eventType: 'InvoiceReceivedEvent', invoiceId: invoice.invoiceId });
    return invoice;
  }

  get(id: string): Invoice {
    const invoice = this.#invoices.get(id);
    if (!invoice) throw new DaemonError('notFound', `no invoice ${id}`);
    return invoice;
  }

  list(query: ListQuery): Invoice[] {
    return listed(this.#invoices.values(), query);
  }

  /** `alreadyPaid`: GLM that was accepted with the agreement's debit notes. Accepting again changes nothing. */
  accept(id: string, acceptance: Acceptance, alreadyPaid: Wei): void {
    const invoice = this.get(id);
    if (invoice.status === 'REJECTED') throw new DaemonError('badRequest', `invoice ${id} was rejected`);
    if (invoice.status === 'ACCEPTED') return;
    checkAmount(acceptance, invoice.amount);
    const more = parseGlm(invoice.amount) - alreadyPaid;
    this.#allocations.spend(acceptance.allocationId, more > 0n ? more : 0n);
    invoice.status = 'ACCEPTED';
  }

  reject(id: string): void {
    const invoice = this.get(id);
    if (invoice.status !== 'RECEIVED') throw new DaemonError('badRequest', `invoice ${id} is ${invoice.status}`);
    invoice.status = 'REJECTED';
  }
}
