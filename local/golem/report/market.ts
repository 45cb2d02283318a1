interface Invoice {
  readonly invoiceId: string;
  readonly agreementId: string;
  readonly status: string;
  readonly timestamp: string;
}

export interface MarketPart {
  readonly demands: readonly string[];
  readonly openAgreements: readonly string[];
  readonly openAllocations: readonly string[];
  /** Ended agreements with no invoice, or with more than one. */
  readonly wronglyBilled: readonly string[];
  /** Ended agreements whose provider sends no invoice, or not yet, because of a fault. Not among the wrongly billed. */
  readonly unbilledByFault: readonly string[];
  readonly unpaidInvoices: readonly string[];
  /** How many have ended in all. */
  readonly agreements: number;
  /** How many there were in all. */
  readonly invoices: number;
}

const PAGE = 100;

/**
 * What a daemon's REST interface says about the requestor's side.
 * @param excused agreements that a fault keeps from being billed, or from being billed in time
 */
export async function marketPart(daemon: Rest, excused: ReadonlySet<string>): Promise<MarketPart> {
  const agreements = async (state: string) =>
    (await daemon.get<{ id: string }[]>(`/market-api/v1/agreements?state=${state}`)).map(({ id }) => id);
  const demands = await daemon.get<{ demandId: string }[]>('/market-api/v1/demands');
  const open = [...(await agreements('Approved')), ...(await agreements('Pending'))];
  const ended = await agreements('Terminated');
  const allocations = await daemon.get<{ allocationId: string }[]>('/payment-api/v1/allocations');
  const invoices = await allInvoices(daemon);
  const bills = (id: string): number => invoices.filter(({ agreementId }) => agreementId === id).length;
  const unbilledByFault = ended.filter((id) => excused.has(id) && bills(id) === 0);
  return {
    demands: demands.map(({ demandId }) => demandId),
    openAgreements: open,
    openAllocations: allocations.map(({ allocationId }) => allocationId),
    wronglyBilled: ended.filter((id) => bills(id) !== 1 && !unbilledByFault.includes(id)),
    unbilledByFault,
    unpaidInvoices: invoices.filter(({ status }) => status === 'RECEIVED').map(({ invoiceId }) => invoiceId),
    agreements: ended.length,
    invoices: invoices.length,
  };
}

async function allInvoices(daemon: Rest): Promise<Invoice[]> {
  const all: Invoice[] = [];
  for (;;) {
    const after = encodeURIComponent(all.at(-1)?.timestamp ?? '1970-01-01T00:00:00Z');
    const page = await daemon.get<Invoice[]>(`/payment-api/v1/invoices?maxItems=${PAGE}&afterTimestamp=${after}`);
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

/** A daemon's REST interface. */
export class Rest {
  readonly #url: string;
  readonly #appKey: string;

  constructor(url: string, appKey: string) {
    this.#url = url;
    this.#appKey = appKey;
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.#url + path, { headers: { Authorization: `Bearer ${this.#appKey}` } });
    if (!response.ok) throw new Error(`the daemon answers ${response.status} to ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
