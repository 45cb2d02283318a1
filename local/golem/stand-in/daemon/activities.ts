import type { Batch } from '../../provider/batch.ts';
import { type Poll, poll } from '../../provider/bell.ts';
import type { Usage } from '../../provider/counters.ts';
import { BadScript, Terminated, UnknownBatch } from '../../provider/errors.ts';
import { parseScript } from '../../provider/exe-script.ts';
import type { ExeUnit, StatePair } from '../../provider/exe-unit.ts';
import { newHex } from '../../provider/ids.ts';
import type { Agreement, Agreements } from './agreements.ts';
import { DaemonError } from './errors.ts';

export interface Activity {
  readonly id: string;
  readonly agreement: Agreement;
  readonly unit: ExeUnit;
}

/** Why the daemon gets no answer from a provider: nobody listens there any more, or nothing gets through. */
export type Silence = 'dead' | 'unreachable';

/** The providers' side of activities. */
export interface Workers {
  silence(agreement: Agreement): Silence | null;
  createUnit(agreement: Agreement, activityId: string): ExeUnit;
  created(activity: Activity): void;
  destroyed(activity: Activity): void;
}

/** The daemon waits for a provider a little longer than it was asked to. */
const MARGIN_MS = 1_000;

/** Activities: what the daemon passes on to their providers' exe-units. They stay readable for the life of the daemon. */
export class Activities {
  readonly #agreements: Agreements;
  readonly #providers: Workers;
  readonly #activities = new Map<string, Activity>();

  constructor(agreements: Agreements, providers: Workers) {
    this.#agreements = agreements;
    this.#providers = providers;
  }

  async create(agreementId: string, wait: Poll): Promise<Activity> {
    const agreement = this.#agreements.get(agreementId);
    if (agreement.state !== 'Approved') {
      throw new DaemonError(
        'badRequest',
        `Agreement [${agreement.id}] is ${agreement.state}: an activity needs an Approved one`,
      );
    }
    // Before there is an exe-unit, one that is dead and one that is unreachable look the same.
    if (this.#providers.silence(agreement)) await unheard(wait);
    const id = newHex(16);
    const activity = { id, agreement, unit: this.#providers.createUnit(agreement, id) };
    this.#activities.set(id, activity);
    this.#providers.created(activity);
    return activity;
  }

  get(id: string): Activity {
    const activity = this.#activities.get(id);
    if (!activity) throw new DaemonError('notFound', `no activity ${id}`);
    return activity;
  }

  of(agreement: Agreement): Activity[] {
    return [...this.#activities.values()].filter((activity) => activity.agreement === agreement);
  }

  async exec(id: string, script: string, wait: Poll): Promise<string> {
    const { unit } = await this.#reach(id, wait);
    if (unit.terminated) throw noEndpoint(id);
    return asDaemon(() => unit.exec(parseScript(script)).id);
  }

  /** The batch, to be followed by whoever streams its events. */
  async batch(id: string, batchId: string, wait: Poll): Promise<Batch> {
    const { unit } = await this.#reach(id, wait);
    return asDaemon(() => unit.batch(batchId));
  }

  /** Its results so far: at once when it is finished, else when the time is up. */
  async results(id: string, batchId: string, wait: Poll) {
    const batch = await this.batch(id, batchId, wait);
    const { unit } = this.get(id);
    await poll(batch.bell, wait, () => batch.finished || unit.terminated || undefined);
    return (await this.batch(id, batchId, wait)).results;
  }

  async state(id: string, wait: Poll): Promise<StatePair> {
    return (await this.#reach(id, wait)).unit.state;
  }

  async usage(id: string, wait: Poll): Promise<Usage> {
    return (await this.#reach(id, wait)).unit.usage();
  }

  async destroy(id: string, wait: Poll): Promise<void> {
    const activity = await this.#reach(id, wait);
    await activity.unit.terminate();
    this.#providers.destroyed(activity);
  }

  async #reach(id: string, wait: Poll): Promise<Activity> {
    const activity = this.get(id);
    const silence = this.#providers.silence(activity.agreement);
    if (silence === 'dead') throw noEndpoint(id);
    if (silence === 'unreachable') await unheard(wait);
    return activity;
  }
}

async function unheard({ clock, timeoutMs }: Poll): Promise<never> {
  await new Promise<void>((resolve) => void clock.after(timeoutMs + MARGIN_MS, resolve));
  throw new DaemonError('timeout', 'Timeout');
}

/** The provider's end of the bus is gone with the exe-unit; yagna then answers like this. */
function noEndpoint(id: string): DaemonError {
  return new DaemonError(
    'unheard',
    `GSB error: Remote service at \`/public/exeunit/${id}\` error: GSB failure: Bad request: endpoint address not found`,
  );
}

/** What the exe-unit refuses, in the daemon's words. */
function asDaemon<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof BadScript) throw new DaemonError('badRequest', error.message);
    if (error instanceof UnknownBatch) throw new DaemonError('notFound', error.message);
    if (error instanceof Terminated) throw noEndpoint(error.message);
    throw error;
  }
}
