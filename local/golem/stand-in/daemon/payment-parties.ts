import type { Agreement } from './agreements.ts';

/** Who owes whom, and by which means. On Golem a node's id is its wallet's address. */
export interface BillParties {
  readonly issuerId: string;
  readonly recipientId: string;
  readonly payeeAddr: string;
  readonly payerAddr: string;
  readonly paymentPlatform: string;
}

export function billParties(agreement: Agreement): BillParties {
  const { provider, draft } = agreement;
  const { requestorId, properties } = draft.demand;
  return {
    issuerId: provider.id,
    recipientId: requestorId,
    payeeAddr: provider.id,
    payerAddr: requestorId,
    paymentPlatform: String(properties['golem.com.payment.chosen-platform']),
  };
}
