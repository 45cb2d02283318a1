import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { PlatformError } from '../../core/errors.ts';
import type { Prediction } from '../../core/predictions.ts';
import { chunkMs, connectMs, engageMs, familyAgeMs, graceMs, shutdownMs, silenceMs, within } from './deadlines.ts';
import type { FamilyConfig, FromFamily, Job, JobFailure, ToFamily } from './messages.ts';

const program = path.join(import.meta.dirname, 'family-main.ts');
const jobMs = connectMs + engageMs + chunkMs + graceMs;

export type JobResult =
  | { readonly ok: true; readonly provider: string; readonly predictions: readonly (readonly Prediction[])[] }
  | { readonly ok: false; readonly failure: JobFailure };

/** What a family process tells beside the results of its jobs. */
export type Report = Exclude<FromFamily, { readonly type: 'classified' | 'failed' | 'alive' }>;

/** A child process that owns a TaskExecutor. It can be killed at any moment: its jobs then fail, and nothing else. */
export class FamilyProcess {
  readonly #child: ChildProcess;
  readonly #jobs = new Map<number, PromiseWithResolvers<JobResult>>();
  readonly #exited: Promise<unknown>;
  readonly #startedAt = performance.now();
  readonly #watchdog: NodeJS.Timeout;
  #broken = false;

  constructor(config: FamilyConfig, onReport: (report: Report) => void) {
    this.#child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => this.#lost(`${signal ?? `exit code ${code}`}`));
    this.#child.on('error', (error) => this.#lost(error.message));
    this.#watchdog = setTimeout(() => this.#child.kill('SIGKILL'), silenceMs);
    this.#child.on('message', (message: FromFamily) => {
      this.#watchdog.refresh();
      if (message.type === 'classified' || message.type === 'failed') this.#settle(message);
      else if (message.type !== 'alive') onReport(message);
    });
    this.#tell({ type: 'start', config });
  }

  /** False once it should take no more work: it has ended, lost a place of its executor for good, or grown old. */
  get fit(): boolean {
    return !this.#broken && performance.now() - this.#startedAt < familyAgeMs;
  }

  /** @throws PlatformError when the process ended, or had to be killed, before the job did */
  async classify(job: Job): Promise<JobResult> {
    const result = Promise.withResolvers<JobResult>();
    this.#jobs.set(job.id, result);
    this.#tell({ type: 'classify', job });
    try {
      return await within(jobMs, result.promise, () => {
        this.#child.kill('SIGKILL');
        return new PlatformError('golem_hangs', `The Golem executor did not answer within ${jobMs / 1000} s.`);
      });
    } finally {
      this.#jobs.delete(job.id);
    }
  }

  /** Lets it shut down in order, and kills it when that takes too long. */
  async close(): Promise<void> {
    this.#broken = true;
    this.#tell({ type: 'close' });
    await within(shutdownMs + graceMs, this.#exited, () => new Error('late')).catch(() => this.#child.kill('SIGKILL'));
    await this.#exited;
  }

  #settle(message: Extract<FromFamily, { readonly type: 'classified' | 'failed' }>): void {
    const job = this.#jobs.get(message.job);
    if (message.type === 'classified') {
      job?.resolve({ ok: true, provider: message.provider, predictions: message.predictions });
    } else {
      this.#broken ||= message.failure.spoiled;
      job?.resolve({ ok: false, failure: message.failure });
    }
  }

  #lost(how: string): void {
    this.#broken = true;
    clearTimeout(this.#watchdog);
    for (const job of this.#jobs.values()) {
      job.reject(new PlatformError('golem_executor_ended', `The Golem executor ended unexpectedly (${how}).`));
    }
  }

  #tell(message: ToFamily): void {
    // A process that is gone has said so by its exit already.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
