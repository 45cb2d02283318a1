import type { Clock, RequestRows, RunHistory } from './ports.ts';
import { nextRunAt, typicalSeconds } from './recent-runs.ts';
import type { PendingRequest, RunningRequest, VisibleRequest } from './request.ts';

/** What telling a request's wait needs. */
export interface WaitServices {
  readonly rows: Pick<RequestRows, 'ahead'>;
  readonly history: Pick<RunHistory, 'get'>;
  readonly clock: Clock;
}

/** What is known about the rest of a request's wait. */
export interface Wait {
  /** Its place among the pending requests of its model, from 1; 0 when it is being worked on. Undefined: far back, or unreadable. */
  readonly position?: number | undefined;
  /** When the next run begins, ms since 1970; in the past: it is due. */
  readonly nextRunAt?: number | undefined;
  /** How long requests of this model typically take once they are being worked on, s. */
  readonly typicalSeconds?: number | undefined;
}

/**
 * Returns the wait of a request that is pending or running; undefined for any other. It only informs: what cannot be
 * read is left out.
 * @param onUnreadable is called with the reason, once for each part that is left out
 */
export async function waitOf(
  services: WaitServices,
  request: VisibleRequest,
  onUnreadable: (error: unknown) => void,
): Promise<Wait | undefined> {
  if (request.status !== 'pending' && request.status !== 'running') return undefined;
  const ifReadable = <T>(part: Promise<T>): Promise<T | undefined> =>
    part.catch((error: unknown) => {
      onUnreadable(error);
      return undefined;
    });
  const [position, nextRun] = await Promise.all([
    ifReadable(positionOf(services, request)),
    ifReadable(expectationOf(services, request)),
  ]);
  return { position, ...nextRun };
}

async function positionOf(
  { rows }: WaitServices,
  request: PendingRequest | RunningRequest,
): Promise<number | undefined> {
  if (request.status === 'running') return 0;
  const ahead = await rows.ahead(request);
  return ahead === undefined ? undefined : ahead + 1;
}

async function expectationOf({ history, clock }: WaitServices, { model }: VisibleRequest): Promise<Wait> {
  const runs = await history.get();
  return runs ? { nextRunAt: nextRunAt(runs, clock()), typicalSeconds: typicalSeconds(runs, model) } : {};
}
