import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { PlatformError } from '../../core/errors.ts';
import type { Prediction } from '../../core/predictions.ts';
import { chunkMs, connectMs, engageMs, graceMs, shutdownMs, within } from './deadlines.ts';
import type { FamilyConfig, FromFamily, Job, JobFailure, ToFamily } from './messages.ts';

const program = path.join(import.meta.dirname, 'family-main.ts');
const jobMs = connectMs + engageMs + chunkMs + graceMs;

export type JobResult =
  | { readonly ok: true; readonly provider: string; readonly predictions: readonly (readonly Prediction[])[] }
  | { readonly ok: false; readonly failure: JobFailure };

/** A child process that owns a TaskExecutor. It can be killed at any moment: its jobs then fail, and nothing else. */
export class FamilyProcess {
  readonly #child: ChildProcess;
  readonly #jobs = new Map<number, PromiseWithResolvers<JobResult>>();
  readonly #exited: Promise<unknown>;
  #fit = true;

  constructor(config: FamilyConfig, onPaid: (glm: number) => void) {
    this.#child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => this.#lost(`${signal ?? `exit code ${code}`}`));
    this.#child.on('error', (error) => this.#lost(error.message));
    this.#child.on('message', (message: FromFamily) => {
      if (message.type === 'paid') onPaid(message.glm);
      else this.#settle(message);
    });
    this.#tell({ type: 'start', config });
  }

  /** False once it should take no more work: it has ended, or its executor has lost a place for good. */
  get fit(): boolean {
    return this.#fit;
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
    this.#fit = false;
    this.#tell({ type: 'close' });
    await within(shutdownMs + graceMs, this.#exited, () => new Error('late')).catch(() => this.#child.kill('SIGKILL'));
    await this.#exited;
  }

  #settle(message: Exclude<FromFamily, { type: 'paid' }>): void {
    const job = this.#jobs.get(message.job);
    if (message.type === 'classified') {
      job?.resolve({ ok: true, provider: message.provider, predictions: message.predictions });
    } else {
      if (message.failure.spoiled) this.#fit = false;
      job?.resolve({ ok: false, failure: message.failure });
    }
  }

  #lost(how: string): void {
    this.#fit = false;
    for (const job of this.#jobs.values()) {
      job.reject(new PlatformError('golem_executor_ended', `The Golem executor ended unexpectedly (${how}).`));
    }
  }

  #tell(message: ToFamily): void {
    // A process that is gone has said so by its exit already.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
