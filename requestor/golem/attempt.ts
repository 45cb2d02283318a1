import { type ExeUnit, GolemWorkError } from '@golem-sdk/golem-js';
import type { TaskExecutor } from '@golem-sdk/task-executor';
import { MlgError } from '../../core/errors.ts';
import type { Prediction } from '../../core/predictions.ts';
import { classifyOn } from './classify-task.ts';
import { type Deadlines, within } from './deadlines.ts';
import type { Job, JobFailure } from './messages.ts';

/** A provider under an agreement. */
interface Party {
  readonly agreement: string;
  readonly provider: string;
}

/** Nobody became ready for the job before its deadline. */
export class NoProviderInTime extends Error {}

/** Under which agreement a provider did not become ready, when the SDK says so. */
export function agreementOfStart(error: unknown): string | undefined {
  return error instanceof GolemWorkError ? (error.getAgreement() ?? error.getActivity()?.agreement)?.id : undefined;
}

/** One job's way through the executor. */
export class Attempt {
  readonly #job: Job;
  readonly #deadlines: Deadlines;
  /** Who has begun to work on the job. */
  worker: Party | undefined;
  #abandoned = false;
  readonly #left = Promise.withResolvers<never>();

  constructor(job: Job, deadlines: Deadlines) {
    this.#job = job;
    this.#deadlines = deadlines;
    this.#left.promise.catch(() => {});
  }

  /** The predictions or the failure as soon as they are there: `run` itself looks only every two seconds. */
  resultOf(executor: TaskExecutor): Promise<readonly (readonly Prediction[])[]> {
    const result = Promise.withResolvers<readonly (readonly Prediction[])[]>();
    const begun = Promise.withResolvers<void>();
    const task = executor.run((exe) => this.#perform(exe, begun.resolve).then(result.resolve, rejectBoth), {
      maxRetries: 0,
    });
    function rejectBoth(error: unknown): never {
      result.reject(error);
      throw error;
    }
    task.catch(result.reject);
    within({ ms: this.#deadlines.engage, late: () => this.#noProvider() }, Promise.race([begun.promise, task])).catch(
      (error) => {
        this.#abandoned = true;
        result.reject(error);
      },
    );
    return result.promise;
  }

  /** The provider has ended this agreement; if it is the worker's, its result will never come. */
  leftBy(agreement: string): void {
    if (this.worker?.agreement === agreement) this.#left.reject(new Error('The provider ended the agreement.'));
  }

  /**
   * @param again whether another engagement may do better, when nobody has begun with the job
   * @param spoiled whether the executor can go on
   */
  failure(error: unknown, again: boolean, spoiled: boolean): JobFailure {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof MlgError ? error.code : undefined;
    const { worker } = this;
    if (worker) {
      return { fault: 'provider', code: code ?? 'provider_failed', message, provider: worker.provider, spoiled };
    }
    return { fault: 'platform', code: code ?? 'golem_unavailable', message, again, spoiled };
  }

  async #perform(exe: ExeUnit, begun: () => void): Promise<readonly (readonly Prediction[])[]> {
    begun();
    if (this.#abandoned) throw new Error('Nobody waits for this task any more.');
    this.worker = { agreement: exe.activity.agreement.id, provider: exe.provider.id };
    const predictions = Promise.race([classifyOn(exe, this.#job), this.#left.promise]);
    return within({ ms: this.#deadlines.chunk, late: () => this.#tooSlow() }, predictions);
  }

  #tooSlow(): Error {
    return new Error(`The provider did not answer within ${this.#deadlines.chunk / 1000} s.`);
  }

  #noProvider(): Error {
    return new NoProviderInTime(`No provider could be engaged within ${this.#deadlines.engage / 1000} s.`);
  }
}
