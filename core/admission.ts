import type { Model, ModelId } from './catalogue.ts';
import { CallerError } from './errors.ts';
import type { Clock, Quotas, RequestRows } from './ports.ts';
import { dayMs } from './retention.ts';

export interface AdmissionLimits {
  /** Requests that may wait for one model. */
  readonly backlog: number;
  /** Requests that the holder of an API key may send per day, UTC. */
  readonly dailyRequests: number;
}

export interface AdmissionServices {
  readonly rows: Pick<RequestRows, 'waiting'>;
  readonly quotas: Quotas;
  readonly clock: Clock;
}

/** A backlog is counted again after this time, ms. */
const countedAnewMs = 5_000;
/** A full queue is worth another try after about one run, s. */
const fullRetrySeconds = 600;

/** Bounds what is taken, so that nobody's requests starve all others'. */
export class Admission {
  readonly #services: AdmissionServices;
  readonly #limits: AdmissionLimits;
  readonly #counted = new Map<ModelId, { readonly at: number; readonly waiting: Promise<number> }>();

  constructor(services: AdmissionServices, limits: AdmissionLimits) {
    this.#services = services;
    this.#limits = limits;
  }

  /**
   * Refuses when too many requests wait for the model. Counts at most every five seconds, so that a flood may pass the
   * bound by what arrives in that time.
   * @throws CallerError `queue_full`
   */
  async checkBacklog({ id, name }: Model): Promise<void> {
    const { backlog } = this.#limits;
    const waiting = await this.#waiting(id);
    if (waiting < backlog) return;
    const message = `${waiting} images wait for ${name} already, which is the limit. Try again in ten minutes, or take another network.`;
    throw new CallerError('queue_full', message, { retryAfter: fullRetrySeconds });
  }

  /**
   * Counts one request of the sender, if it has one.
   * @throws CallerError `quota_used_up`
   */
  async spend(sender: string | undefined): Promise<void> {
    if (sender === undefined) return;
    const now = this.#services.clock();
    const { dailyRequests } = this.#limits;
    const day = new Date(now).toISOString().slice(0, 10);
    if (await this.#services.quotas.spend(sender, day, dailyRequests)) return;
    const retryAfter = Math.ceil((dayMs - (now % dayMs)) / 1000);
    const message = `This API key has sent its ${dailyRequests} images of today (UTC). Send more tomorrow.`;
    throw new CallerError('quota_used_up', message, { retryAfter });
  }

  #waiting(model: ModelId): Promise<number> {
    const now = this.#services.clock();
    const known = this.#counted.get(model);
    if (known && now < known.at + countedAnewMs) return known.waiting;
    const waiting = this.#services.rows.waiting(model, this.#limits.backlog);
    this.#counted.set(model, { at: now, waiting });
    // A count that failed is no count.
    waiting.catch(() => this.#counted.delete(model));
    return waiting;
  }
}
