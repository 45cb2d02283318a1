import type { Clock, EventDates } from '../../provider/clock.ts';
import { newUuid } from '../../provider/ids.ts';
import type { Activity } from './activities.ts';
import type { Agreement } from './agreements.ts';
import { type Allocations, glm } from './allocations.ts';
import { ApiError } from './errors.ts';
import { Feed } from './feed.ts';
import { type BillParties, billParties } from './payment-parties.ts';

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

/** The bill for a whole agreement: one each, sent when the agreement has ended. */
export class Invoices {
  readonly feed: Feed<{ readonly eventType: 'InvoiceReceivedEvent'; readonly invoiceId: string }>;
  readonly #clock: Clock;
  readonly #allocations: Allocations;
  readonly #invoices = new Map<string, Invoice>();
  readonly #acceptedTwice = new Set<string>();
  readonly #withheld = new Set<string>();

  constructor(clock: Clock, dates: EventDates, allocations: Allocations) {
    this.#clock = clock;
    this.#allocations = allocations;
    this.feed = new Feed(dates);
  }

  /** The provider sends no bill for the agreement, or not yet. */
  withhold(agreementId: string): void {
    this.#withheld.add(agreementId);
  }

  issue(agreement: Agreement, activities: readonly Activity[]): Invoice {
    if (this.#of(agreement.id)) throw new Error(`agreement ${agreement.id} has its invoice already`);
    this.#withheld.delete(agreement.id);
    const now = this.#clock.now();
    const cost = activities.reduce((sum, activity) => sum + agreement.provider.cost(activity.usage()), 0);
    const invoice: Invoice = {
      ...billParties(agreement),
      invoiceId: newUuid(),
      agreementId: agreement.id,
      activityIds: activities.map(({ id }) => id),
      amount: glm(agreement.provider.bill(cost)),
      timestamp: new Date(now).toISOString(),
      paymentDueDate: new Date(now + PAYMENT_TERM_MS).toISOString(),
      status: 'RECEIVED',
    };
    this.#invoices.set(invoice.invoiceId, invoice);
    this.feed.publish(agreement.appSessionId, { eventType: 'InvoiceReceivedEvent', invoiceId: invoice.invoiceId });
    return invoice;
  }

  get(id: string): Invoice {
    const invoice = this.#invoices.get(id);
    if (!invoice) throw new ApiError(404, `no invoice ${id}`);
    return invoice;
  }

  /** `alreadyPaid`: GLM that was accepted with the agreement's debit notes. Accepting again changes nothing. */
  accept(id: string, terms: { totalAmountAccepted: string; allocationId: string }, alreadyPaid: number): void {
    const invoice = this.get(id);
    if (invoice.status === 'REJECTED') throw new ApiError(400, `invoice ${id} was rejected`);
    if (invoice.status === 'ACCEPTED') {
      this.#acceptedTwice.add(id);
      return;
    }
    if (Number(terms.totalAmountAccepted) !== Number(invoice.amount)) {
      throw new ApiError(
        400,
        `Invalid amount accepted. Expected: ${invoice.amount} Actual: ${terms.totalAmountAccepted}`,
      );
    }
    this.#allocations.spend(terms.allocationId, Math.max(Number(invoice.amount) - alreadyPaid, 0));
    invoice.status = 'ACCEPTED';
  }

  reject(id: string): void {
    const invoice = this.get(id);
    if (invoice.status !== 'RECEIVED') throw new ApiError(400, `invoice ${id} is ${invoice.status}`);
    invoice.status = 'REJECTED';
  }

  all(): Invoice[] {
    return [...this.#invoices.values()];
  }

  /** Invoices that the requestor accepted more than once. */
  acceptedTwice(): string[] {
    return [...this.#acceptedTwice];
  }

  /** Agreements whose providers a fault keeps from billing. */
  withheld(): string[] {
    return [...this.#withheld];
  }

  #of(agreementId: string): Invoice | undefined {
    return this.all().find((invoice) => invoice.agreementId === agreementId);
  }
}
