import type { YagnaApi } from '@golem-sdk/golem-js';
import { TaskExecutor } from '@golem-sdk/task-executor';
import { Attempt } from './attempt.ts';
import { type Terms, termsOf } from './contracts.ts';
import { type Deadlines, within } from './deadlines.ts';
import { executorOptions } from './executor-options.ts';
import { guardedYagna, type Judge } from './guard.ts';
import type { FamilyConfig, FromFamily, Job } from './messages.ts';
import { type Party, Rentals } from './rentals.ts';
import { Storage } from './storage.ts';

type Report = (message: FromFamily) => void;

/**
 * The TaskExecutor of one provider image, and bookkeeping that it lacks: who does not become ready, and what stands open at
 * the daemon.
 */
export class FamilyExecutor {
  readonly #executor: TaskExecutor;
  readonly #rentals: Rentals;
  readonly #yagna: YagnaApi;
  readonly #deadlines: Deadlines;
  readonly #report: Report;
  readonly #excluded: Set<string>;
  readonly #attempts = new Set<Attempt>();

  private constructor(config: FamilyConfig, yagna: YagnaApi, report: Report) {
    this.#yagna = yagna;
    this.#deadlines = config.deadlines;
    this.#report = report;
    this.#excluded = new Set(config.excluded);
    const storage = new Storage(yagna, (file, misuse) => {
      for (const attempt of this.#attempts) attempt.misused(file, misuse);
    });
    this.#executor = new TaskExecutor(executorOptions(config, { yagna, storage, excluded: this.#excluded }));
    this.#rentals = new Rentals(yagna, this.#excluded);
    this.#rentals.attach(this.#executor.glm);
    this.#watch();
  }

  /** @param judge says whether a bill may be paid */
  static async open(config: FamilyConfig, apiKey: string, report: Report, judge: Judge): Promise<FamilyExecutor> {
    const yagna = guardedYagna(config.apiUrl, apiKey, config.maxThreads, judge);
    report({ type: 'session', session: yagna.appSessionId });
    const opened = new FamilyExecutor(config, yagna, report);
    const { connect } = config.deadlines;
    const late = () => new Error(`The Golem daemon did not answer within ${connect / 1000} s.`);
    await within({ ms: connect, late }, opened.#executor.init());
    return opened;
  }

  /** Engages this provider no more; what it is working on may come to its end. */
  exclude(provider: string): void {
    this.#excluded.add(provider);
    this.#rentals.expel(provider);
  }

  /** Reports the result of the job; never rejects. */
  async classify(job: Job): Promise<void> {
    const held = ({ provider }: Party) => this.#report({ type: 'held', job: job.id, provider });
    const attempt = new Attempt(job, this.#deadlines, held);
    this.#attempts.add(attempt);
    try {
      const worker = await attempt.answer(this.#executor, this.#rentals);
      this.#report({ type: 'answered', job: job.id, worker });
    } catch (error) {
      const unready = attempt.unready(error);
      if (unready) this.#excludeUnready(unready);
      this.#report({ type: 'failed', job: job.id, failure: attempt.failure(error) });
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  shutdown(): Promise<void> {
    return this.#executor.shutdown();
  }

  #excludeUnready(provider: string): void {
    this.exclude(provider);
    this.#report({ type: 'excluded', provider });
  }

  /** Reports to the parent whom the executor engages, who fails before any job, what stands open, and what is paid. */
  #watch(): void {
    const { market, activity, payment } = this.#executor.glm;
    market.events.on('agreementApproved', ({ agreement: { id, provider } }) => {
      void termsOfAgreement(this.#yagna, id).then((terms) => {
        if (terms) this.#report({ type: 'engaged', engagement: { agreement: id, provider: provider.id, ...terms } });
      });
    });
    market.events.on('agreementTerminated', ({ agreement: { id }, terminatedBy }) => {
      // The SDK would go on to ask for results.
      if (terminatedBy === 'Provider') for (const attempt of this.#attempts) attempt.leftBy(id);
    });
    activity.events.on('errorInitializingExeUnit', (event) => this.#excludeUnready(event.activity.provider.id));
    payment.events.on('invoiceAccepted', ({ invoice }) => {
      this.#report({ type: 'paid', agreement: invoice.agreementId, amount: String(invoice.amount) });
    });
    market.events.on('demandSubscriptionStarted', ({ demand }) => this.#report({ type: 'opened', demand: demand.id }));
    payment.events.on('allocationCreated', ({ allocation }) =>
      this.#report({ type: 'opened', allocation: allocation.id }),
    );
  }
}

/** Undefined when they cannot be read; then only the invoice counts. */
async function termsOfAgreement(yagna: YagnaApi, id: string): Promise<Terms | undefined> {
  try {
    const { offer } = await yagna.market.getAgreement(id);
    return termsOf(offer.properties as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
