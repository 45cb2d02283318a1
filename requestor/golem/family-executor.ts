import type { YagnaApi } from '@golem-sdk/golem-js';
import { TaskExecutor } from '@golem-sdk/task-executor';
import { Attempt, agreementOfStart, NoProviderInTime } from './attempt.ts';
import { type Deadlines, within } from './deadlines.ts';
import { executorOptions, sparePlaces } from './executor-options.ts';
import { guardedYagna } from './guard.ts';
import type { FamilyConfig, FromFamily, Job, JobFailure } from './messages.ts';
import { termsOf } from './spending.ts';

type Tell = (message: FromFamily) => void;

/**
 * The TaskExecutor of one provider image, and a book of what it does not tell or lose: who was engaged and does not become
 * ready, which of its places are lost to providers that failed, and what stands open at the daemon.
 */
export class FamilyExecutor {
  readonly #executor: TaskExecutor;
  readonly #yagna: YagnaApi;
  readonly #deadlines: Deadlines;
  readonly #tell: Tell;
  readonly #excluded: Set<string>;
  /** The provider of each agreement that there ever was. */
  readonly #engaged = new Map<string, string>();
  /** Agreements whose provider is not ready yet. */
  readonly #starting = new Set<string>();
  readonly #attempts = new Set<Attempt>();
  /** Agreements whose end the executor still waits for; each takes one of its places. */
  readonly #ending = new Set<string>();
  /** Places that it will not get back: it forgets the providers that fail before a task begins. */
  #leaked = 0;

  private constructor(config: FamilyConfig, yagna: YagnaApi, tell: Tell) {
    this.#yagna = yagna;
    this.#deadlines = config.deadlines;
    this.#tell = tell;
    this.#excluded = new Set(config.excluded);
    this.#executor = new TaskExecutor(executorOptions(config, yagna, this.#excluded));
    this.#watch();
  }

  static async open(config: FamilyConfig, apiKey: string, tell: Tell): Promise<FamilyExecutor> {
    const yagna = guardedYagna(config.apiUrl, apiKey);
    tell({ type: 'session', session: yagna.appSessionId });
    const opened = new FamilyExecutor(config, yagna, tell);
    const { connect } = config.deadlines;
    const late = () => new Error(`The Golem daemon did not answer within ${connect / 1000} s.`);
    await within({ ms: connect, late }, opened.#executor.init());
    return opened;
  }

  /** Not to be engaged any more. */
  exclude(provider: string): void {
    this.#excluded.add(provider);
  }

  /** Tells what becomes of the job; never rejects. */
  async classify(job: Job): Promise<void> {
    const attempt = new Attempt(job, this.#deadlines);
    this.#attempts.add(attempt);
    try {
      const predictions = await attempt.resultOf(this.#executor);
      const provider = attempt.worker?.provider ?? 'unknown';
      this.#tell({ type: 'classified', job: job.id, provider, predictions });
    } catch (error) {
      this.#tell({ type: 'failed', job: job.id, failure: this.#failureOf(attempt, error) });
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  shutdown(): Promise<void> {
    return this.#executor.shutdown();
  }

  #failureOf(attempt: Attempt, error: unknown): JobFailure {
    if (attempt.worker) {
      this.#excluded.add(attempt.worker.provider);
      this.#ending.add(attempt.worker.agreement);
      return attempt.failure(error, false, this.#lost >= sparePlaces);
    }
    this.#leaked++;
    if (!(error instanceof NoProviderInTime)) {
      this.#dismiss(agreementOfStart(error));
      return attempt.failure(error, true, this.#lost >= sparePlaces);
    }
    // The executor still waits for whom it has engaged.
    const starters = [...this.#starting];
    for (const agreement of starters) this.#dismiss(agreement);
    return attempt.failure(error, starters.length > 0, true);
  }

  get #lost(): number {
    return this.#leaked + this.#ending.size;
  }

  /** Ends what the executor would keep, and pay for, until its own end. */
  #dismiss(agreement: string | undefined): void {
    const provider = this.#engaged.get(agreement ?? '');
    if (agreement === undefined || provider === undefined) return;
    this.#starting.delete(agreement);
    this.#excluded.add(provider);
    this.#tell({ type: 'excluded', provider });
    this.#yagna.market.terminateAgreement(agreement, { message: 'The provider did not become ready' }).catch(() => {});
  }

  /** Tells the parent whom the executor engages, who fails before any job, what stands open, and what is paid. */
  #watch(): void {
    const { market, activity, payment } = this.#executor.glm;
    market.events.on('agreementApproved', ({ agreement: { id, provider } }) => {
      this.#engaged.set(id, provider.id);
      this.#starting.add(id);
      void termsOfAgreement(this.#yagna, id).then((terms) => {
        if (terms) this.#tell({ type: 'engaged', engagement: { agreement: id, provider: provider.id, ...terms } });
      });
    });
    market.events.on('agreementTerminated', ({ agreement: { id }, terminatedBy }) => {
      // The SDK would go on to ask for results.
      if (terminatedBy === 'Provider') for (const attempt of this.#attempts) attempt.leftBy(id);
    });
    activity.events.on('exeUnitInitialized', (event) => this.#starting.delete(event.activity.agreement.id));
    activity.events.on('errorInitializingExeUnit', (event) => {
      this.#excluded.add(event.activity.provider.id);
      this.#tell({ type: 'excluded', provider: event.activity.provider.id });
    });
    this.#executor.events.on('taskFailed', ({ agreementId }) => this.#ending.delete(agreementId ?? ''));
    payment.events.on('invoiceAccepted', ({ invoice }) => {
      this.#tell({ type: 'paid', agreement: invoice.agreementId, glm: Number(invoice.amount) });
    });
    market.events.on('demandSubscriptionStarted', ({ demand }) => this.#tell({ type: 'opened', demand: demand.id }));
    payment.events.on('allocationCreated', ({ allocation }) =>
      this.#tell({ type: 'opened', allocation: allocation.id }),
    );
  }
}

/** Undefined when they cannot be read: the invoice will tell. */
async function termsOfAgreement(yagna: YagnaApi, id: string): Promise<ReturnType<typeof termsOf>> {
  try {
    const { offer } = await yagna.market.getAgreement(id);
    return termsOf(offer.properties as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
