import type { ExeUnit } from '@golem-sdk/golem-js';
import type { TaskExecutor } from '@golem-sdk/task-executor';
import { MlgError, ProviderError } from '../../core/errors.ts';
import { classifyOn } from './classify-task.ts';
import { type Deadlines, within } from './deadlines.ts';
import type { Job, JobFailure } from './messages.ts';
import type { Party, Rentals } from './rentals.ts';
import type { Misuse } from './transfer.ts';

/** Nobody became ready for the job before its deadline. */
class NoProviderInTime extends Error {}

/** One job's way through the executor. */
export class Attempt {
  readonly #job: Job;
  readonly #deadlines: Deadlines;
  /** Engaged for the job, ready or not. */
  #engaged: Party | undefined;
  #engagedAt = 0;
  /** Who has begun to work on the job. */
  #worker: Party | undefined;
  readonly #unwanted = new AbortController();
  readonly #cutShort = Promise.withResolvers<never>();
  readonly #held: (party: Party) => void;

  /** @param held called with who has the job in hand from now on */
  constructor(job: Job, deadlines: Deadlines, held: (party: Party) => void) {
    this.#job = job;
    this.#deadlines = deadlines;
    this.#held = held;
    this.#cutShort.promise.catch(() => {});
  }

  /** Resolves to who has given an answer as soon as it is there: `run` itself looks only every two seconds. */
  answer(executor: TaskExecutor, rentals: Rentals): Promise<Party> {
    const result = Promise.withResolvers<Party>();
    const begun = Promise.withResolvers<void>();
    const { signal } = this.#unwanted;
    const avoid = new Set(this.#job.avoid);
    const engaged = (party: Party) => {
      this.#engaged = party;
      this.#engagedAt = performance.now();
      this.#held(party);
    };
    rentals.expect({ avoid, signal, engaged, failed: result.reject });
    const task = executor.run((exe) => this.#perform(exe, begun.resolve).then(result.resolve, rejectBoth), {
      maxRetries: 0,
    });
    function rejectBoth(error: unknown): never {
      result.reject(error);
      throw error;
    }
    task.catch(result.reject);
    const limit = { ms: this.#deadlines.engage, late: () => this.#noProvider() };
    within(limit, Promise.race([begun.promise, result.promise])).catch((error) => {
      result.reject(error);
      this.#unwanted.abort(error);
    });
    return result.promise;
  }

  /** The provider has ended this agreement; if it is the worker's, its result will never come. */
  leftBy(agreement: string): void {
    if (this.#worker?.agreement === agreement) this.#cutShort.reject(new Error('The provider ended the agreement.'));
  }

  /** The provider that has one of the job's files did with it what no honest one does. */
  misused(file: string, { code, message }: Misuse): void {
    if (file !== this.#job.chunkFile && file !== this.#job.answerFile) return;
    this.#cutShort.reject(new ProviderError(code, message));
  }

  /** Who is to blame when nobody has begun: not one that was engaged when most of the time was over. */
  unready(error: unknown): string | undefined {
    if (this.#worker) return undefined;
    const ownTime = performance.now() - this.#engagedAt;
    if (error instanceof NoProviderInTime && ownTime < this.#deadlines.engage / 2) return undefined;
    return this.#engaged?.provider;
  }

  failure(error: unknown): JobFailure {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof MlgError ? error.code : undefined;
    if (this.#worker) {
      const { provider } = this.#worker;
      return { fault: 'provider', code: code ?? 'provider_failed', message, provider, executorUnusable: false };
    }
    // With nobody engaged in time, its places may hang on signatures for a minute.
    const isStuck = error instanceof NoProviderInTime && !this.#engaged;
    return {
      fault: 'platform',
      code: code ?? 'golem_unavailable',
      message,
      again: !isStuck,
      executorUnusable: isStuck,
    };
  }

  async #perform(exe: ExeUnit, begun: () => void): Promise<Party> {
    begun();
    if (this.#unwanted.signal.aborted) throw new Error('Nobody waits for this task any more.');
    const worker = { agreement: exe.activity.agreement.id, provider: exe.provider.id };
    this.#worker = worker;
    this.#held(worker);
    const limit = { ms: this.#deadlines.chunk, late: () => this.#tooSlow() };
    await within(limit, Promise.race([classifyOn(exe, this.#job), this.#cutShort.promise]));
    return worker;
  }

  #tooSlow(): Error {
    return new Error(`The provider did not answer within ${this.#deadlines.chunk / 1000} s.`);
  }

  #noProvider(): Error {
    return new NoProviderInTime(`No provider could be engaged within ${this.#deadlines.engage / 1000} s.`);
  }
}
