import type { StandIn } from '../stand-in/stand-in.ts';

/** What is open or unpaid. After the last requestor shut down, every list is empty and `sockets` is 0. */
export interface Report {
  /** Process groups in which something runs. */
  readonly processGroups: readonly number[];
  readonly demands: readonly string[];
  readonly openAgreements: readonly string[];
  readonly openActivities: readonly string[];
  readonly openAllocations: readonly string[];
  /** Bus addresses that requestors still publish. */
  readonly services: readonly string[];
  readonly sockets: number;
  /** Ended agreements with no invoice, or with more than one. */
  readonly wronglyBilled: readonly string[];
  /** Ended agreements whose provider sends no invoice, or not yet, because of a fault. Not among the wrongly billed. */
  readonly unbilledByFault: readonly string[];
  readonly unpaidInvoices: readonly string[];
  readonly doublyPaid: readonly string[];
  /** How many there were in all. */
  readonly agreements: number;
  readonly invoices: number;
}

export function report(standIn: StandIn): Report {
  const agreements = standIn.agreements.all();
  const invoices = standIn.invoices.all();
  const unbilledByFault = standIn.invoices.withheld();
  const billed = agreements.filter(({ state }) => state === 'Terminated');
  return {
    processGroups: standIn.groups.live(),
    demands: standIn.market.openDemands(),
    openAgreements: agreements.filter(({ state }) => state === 'Approved' || state === 'Pending').map(({ id }) => id),
    openActivities: standIn.activities.open().map(({ id }) => id),
    openAllocations: standIn.allocations.open(),
    services: standIn.gsb.bound(),
    sockets: standIn.gsb.openSockets(),
    wronglyBilled: billed
      .filter(({ id }) => !unbilledByFault.includes(id))
      .filter(({ id }) => invoices.filter(({ agreementId }) => agreementId === id).length !== 1)
      .map(({ id }) => id),
    unbilledByFault,
    unpaidInvoices: invoices.filter(({ status }) => status === 'RECEIVED').map(({ invoiceId }) => invoiceId),
    doublyPaid: standIn.invoices.acceptedTwice(),
    agreements: billed.length,
    invoices: invoices.length,
  };
}
