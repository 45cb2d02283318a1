// What is open or unpaid: the market's part by the daemon's REST interface, the processes' part by the providers' runtime.
import type { ProcessGroups } from '../provider/process-groups.ts';
import type { Provider } from '../provider/provider.ts';
import { marketPart, type Rest } from './market.ts';
import type { Traffic } from './traffic.ts';

/** After the last requestor shut down, every list is empty and `sockets` is 0. */
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

export interface Sources {
  readonly daemon: Rest;
  readonly traffic: Traffic;
  readonly groups: ProcessGroups;
  readonly providers: readonly Provider[];
  /** Agreements that a fault keeps from being billed, or from being billed in time. */
  readonly unbilled: ReadonlySet<string>;
}

export async function report({ daemon, traffic, groups, providers, unbilled }: Sources): Promise<Report> {
  return {
    ...(await marketPart(daemon, unbilled)),
    ...traffic.seen(),
    processGroups: groups.live(),
    openActivities: providers.flatMap((provider) => provider.openUnits()).map(({ id }) => id),
  };
}
