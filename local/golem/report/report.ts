// What is open or unpaid: the market's part by the daemon's REST interface, the processes' part by the providers' runtime.
import type { ProcessGroups } from '../provider/process-groups.ts';
import type { Provider } from '../provider/provider.ts';
import { type MarketPart, marketPart, type Rest } from './market.ts';
import type { Seen, Traffic } from './traffic.ts';

/** After the last requestor shut down, every list is empty and `sockets` is 0. */
export interface Report extends MarketPart, Seen {
  /** Process groups in which something runs. */
  readonly processGroups: readonly number[];
  readonly openActivities: readonly string[];
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
