import type { Clock, RequestRows, RunHistory } from './ports.ts';
import { nextRunAt, typicalSeconds } from './recent-runs.ts';
import type { PredictionRequest } from './request.ts';

/** What telling a request's wait needs. */
export interface WaitServices {
  readonly rows: Pick<RequestRows, 'ahead'>;
  readonly history: Pick<RunHistory, 'get'>;
  readonly clock: Clock;
}

/** What is known about the rest of a request's wait. */
export interface Wait {
  /** Its place among the pending requests of its model, from 1; 0 when it is being worked on. Undefined: far back. */
  readonly position?: number | undefined;
  /** When the next run begins, ms since 1970; in the past: it is due. */
  readonly nextRunAt?: number | undefined;
  /** How long requests of this model typically take once they are being worked on, s. */
  readonly typicalSeconds?: number | undefined;
}

/** The wait of a request that is pending or running; undefined for any other. */
export async function waitOf(services: WaitServices, request: PredictionRequest): Promise<Wait | undefined> {
  const { status, model } = request;
  if (status !== 'pending' && status !== 'running') return undefined;
  const [ahead, runs] = await Promise.all([
    request.status === 'pending' ? services.rows.ahead(request) : undefined,
    services.history.get(),
  ]);
  return {
    position: status === 'running' ? 0 : ahead === undefined ? undefined : ahead + 1,
    ...(runs && { nextRunAt: nextRunAt(runs, services.clock()), typicalSeconds: typicalSeconds(runs, model) }),
  };
}
