const MARKET = '/market-api/v1';
const ACTIVITY = '/activity-api/v1/activity';
const PAYMENT = '/payment-api/v1';
const GSB = '/gsb-api/v1';

/**
 * The calls of a daemon's API that requestors and reports make. `:name` in a path stands for a parameter. A name tells a call
 * apart in logs and faults.
 */
export const CALLS = {
  getVersion: ['GET', '/version/get'],
  getIdentity: ['GET', '/me'],

  subscribeDemand: ['POST', `${MARKET}/demands`],
  listDemands: ['GET', `${MARKET}/demands`],
  unsubscribeDemand: ['DELETE', `${MARKET}/demands/:demand`],
  collectOffers: ['GET', `${MARKET}/demands/:demand/events`],
  counterProposal: ['POST', `${MARKET}/demands/:demand/proposals/:proposal`],
  getProposal: ['GET', `${MARKET}/demands/:demand/proposals/:proposal`],
  createAgreement: ['POST', `${MARKET}/agreements`],
  listAgreements: ['GET', `${MARKET}/agreements`],
  getAgreement: ['GET', `${MARKET}/agreements/:agreement`],
  confirmAgreement: ['POST', `${MARKET}/agreements/:agreement/confirm`],
  waitForApproval: ['POST', `${MARKET}/agreements/:agreement/wait`],
  cancelAgreement: ['POST', `${MARKET}/agreements/:agreement/cancel`],
  terminateAgreement: ['POST', `${MARKET}/agreements/:agreement/terminate`],
  collectAgreementEvents: ['GET', `${MARKET}/agreementEvents`],

  createActivity: ['POST', ACTIVITY],
  destroyActivity: ['DELETE', `${ACTIVITY}/:activity`],
  getActivityAgreement: ['GET', `${ACTIVITY}/:activity/agreement`],
  getActivityState: ['GET', `${ACTIVITY}/:activity/state`],
  getActivityUsage: ['GET', `${ACTIVITY}/:activity/usage`],
  exec: ['POST', `${ACTIVITY}/:activity/exec`],
  getExecBatchResults: ['GET', `${ACTIVITY}/:activity/exec/:batch`],

  createAllocation: ['POST', `${PAYMENT}/allocations`],
  listAllocations: ['GET', `${PAYMENT}/allocations`],
  getAllocation: ['GET', `${PAYMENT}/allocations/:allocation`],
  releaseAllocation: ['DELETE', `${PAYMENT}/allocations/:allocation`],
  getDemandDecorations: ['GET', `${PAYMENT}/demandDecorations`],
  collectDebitNoteEvents: ['GET', `${PAYMENT}/debitNoteEvents`],
  listDebitNotes: ['GET', `${PAYMENT}/debitNotes`],
  getDebitNote: ['GET', `${PAYMENT}/debitNotes/:debitNote`],
  acceptDebitNote: ['POST', `${PAYMENT}/debitNotes/:debitNote/accept`],
  collectInvoiceEvents: ['GET', `${PAYMENT}/invoiceEvents`],
  listInvoices: ['GET', `${PAYMENT}/invoices`],
  getInvoice: ['GET', `${PAYMENT}/invoices/:invoice`],
  acceptInvoice: ['POST', `${PAYMENT}/invoices/:invoice/accept`],
  rejectInvoice: ['POST', `${PAYMENT}/invoices/:invoice/reject`],

  createService: ['POST', `${GSB}/services`],
  connectService: ['GET', `${GSB}/services/:service`],
  deleteService: ['DELETE', `${GSB}/services/:service`],
} as const satisfies Readonly<Record<string, readonly [method: string, path: string]>>;

export type CallName = keyof typeof CALLS;

export interface FoundCall<Name extends string = CallName> {
  readonly name: Name;
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** A table of calls by name, and the search for the one that a request makes. */
export class CallTable<Name extends string> {
  readonly #calls: readonly { readonly name: Name; readonly method: string; readonly pattern: RegExp }[];

  constructor(calls: Readonly<Record<Name, readonly [method: string, path: string]>>) {
    const entries = Object.entries(calls) as [Name, readonly [string, string]][];
    this.#calls = entries.map(([name, [method, path]]) => ({ name, method, pattern: patternOf(path) }));
  }

  /** The call; else the methods that this path takes, none when there is no such path. */
  find(method: string, path: string): FoundCall<Name> | readonly string[] {
    const here = this.#calls.filter(({ pattern }) => pattern.test(path));
    const found = here.find((call) => call.method === method);
    if (!found) return here.map((call) => call.method);
    const params = Object.entries(found.pattern.exec(path)?.groups ?? {});
    return { name: found.name, params: Object.fromEntries(params.map(([name, text]) => [name, decoded(text)])) };
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

/** What is not well encoded is the name of nothing, and stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
