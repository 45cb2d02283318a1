import { parseGlm, type Wei } from '../../provider/money.ts';
import type { Agreement } from './agreements.ts';
import { DaemonError } from './errors.ts';

/** Who owes whom, and by which means. On Golem a node's id is its wallet's address. */
export interface BillParties {
  readonly issuerId: string;
  readonly recipientId: string;
  readonly payeeAddr: string;
  readonly payerAddr: string;
  readonly paymentPlatform: string;
}

export function billParties({ providerId, draft }: Agreement): BillParties {
  const { requestorId, properties } = draft.demand;
  return {
    issuerId: providerId,
    recipientId: requestorId,
    payeeAddr: providerId,
    payerAddr: requestorId,
    paymentPlatform: String(properties['golem.com.payment.chosen-platform']),
  };
}

/** Which bills a list holds: the oldest `maxItems` of those that are later than `after`, an ISO date. */
export interface ListQuery {
  readonly after: string | null;
  readonly maxItems: number;
}

/** @param bills in the order in which they came, which is that of their timestamps */
export function listed<Bill extends { readonly timestamp: string }>(
  bills: Iterable<Bill>,
  { after, maxItems }: ListQuery,
): Bill[] {
  const since = after === null ? 0 : Date.parse(after);
  return [...bills].filter(({ timestamp }) => Date.parse(timestamp) > since).slice(0, maxItems);
}

export interface Acceptance {
  readonly totalAmountAccepted: string;
  readonly allocationId: string;
}

/** Reads what a requestor sends as an amount. */
export function amountOf(text: string): Wei {
  try {
    return parseGlm(text);
  } catch (error) {
    throw new DaemonError('badRequest', error instanceof Error ? error.message : String(error));
  }
}

/** A requestor can accept the whole bill only. */
export function checkAmount({ totalAmountAccepted }: Acceptance, expected: string): void {
  if (amountOf(totalAmountAccepted) === parseGlm(expected)) return;
  throw new DaemonError('badRequest', `Invalid amount accepted. Expected: ${expected} Actual: ${totalAmountAccepted}`);
}
