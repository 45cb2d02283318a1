import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { PlatformError } from '../../core/errors.ts';
import { type Deadlines, jobDeadline, within } from './deadlines.ts';
import type { FamilyConfig, FromFamily, Job, JobFailure, ToFamily } from './messages.ts';
import type { Party } from './rentals.ts';

const program = path.join(import.meta.dirname, 'family-main.ts');

export type JobResult =
  | { readonly ok: true; readonly worker: Party }
  | { readonly ok: false; readonly failure: JobFailure };

/** What a family process reports beside the results of its jobs. */
export type Report = Exclude<FromFamily, { readonly type: 'answered' | 'failed' | 'alive' }>;

/** A child process that owns a TaskExecutor. It can be killed at any moment: its jobs then fail, and nothing else. */
export class FamilyProcess {
  readonly #child: ChildProcess;
  readonly #deadlines: Deadlines;
  readonly #jobs = new Map<number, PromiseWithResolvers<JobResult>>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #startedAt = performance.now();
  readonly #watchdog: NodeJS.Timeout;
  #broken = false;
  #retired = false;
  #closing: Promise<void> | undefined;

  /**
   * @param apiKey travels in the environment: what goes over the channel may be logged
   * @throws PlatformError when the system does not let it start
   */
  constructor(config: FamilyConfig, apiKey: string, onReport: (report: Report) => void) {
    this.#deadlines = config.deadlines;
    this.#child = forked(apiKey);
    this.#child.once('exit', (code, signal) => {
      const message = `The Golem executor ended unexpectedly (${signal ?? `exit code ${code}`}).`;
      this.#end({ ...ended, code: 'golem_executor_ended', message, again: true });
    });
    this.#child.on('error', (error) => {
      // One that has started reports its end by 'exit'.
      if (this.#child.pid === undefined) this.#end({ ...ended, ...notStarted(error) });
    });
    this.#watchdog = setTimeout(() => this.#child.kill('SIGKILL'), this.#deadlines.silence);
    this.#child.on('message', (message: FromFamily) => {
      this.#watchdog.refresh();
      if (message.type === 'answered' || message.type === 'failed') this.#finish(message);
      else if (message.type !== 'alive') onReport(message);
    });
    this.#send({ type: 'start', config });
  }

  /** False once it should take no more work: it has ended, its executor is unusable, or it has grown old. */
  get fit(): boolean {
    return !this.#broken && performance.now() - this.#startedAt < this.#deadlines.familyAge;
  }

  /** @throws PlatformError when the process had to be killed before the job ended */
  async classify(job: Job): Promise<JobResult> {
    const result = Promise.withResolvers<JobResult>();
    this.#jobs.set(job.id, result);
    this.#send({ type: 'classify', job });
    const deadline = jobDeadline(this.#deadlines);
    try {
      return await within({ ms: deadline, late: () => this.#hangs(deadline) }, result.promise);
    } finally {
      this.#jobs.delete(job.id);
      if (this.#retired && this.#jobs.size === 0) void this.close();
    }
  }

  /** Takes no more work, and ends as soon as what it has is done: the providers it keeps may be wanted. */
  retire(): void {
    this.#broken = true;
    this.#retired = true;
    if (this.#jobs.size === 0) void this.close();
  }

  /** Engages this provider no more. */
  exclude(provider: string): void {
    this.#send({ type: 'exclude', provider });
  }

  /** Lets it shut down in order, and kills it when that takes too long. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#broken = true;
    this.#send({ type: 'close' });
    const { shutdown, grace } = this.#deadlines;
    await within({ ms: shutdown + grace }, this.#gone.promise).catch(() => this.#child.kill('SIGKILL'));
    await this.#gone.promise;
  }

  #hangs(deadline: number): PlatformError {
    this.#child.kill('SIGKILL');
    return new PlatformError('golem_hangs', `The Golem executor did not answer within ${deadline / 1000} s.`);
  }

  #finish(message: Extract<FromFamily, { readonly type: 'answered' | 'failed' }>): void {
    const job = this.#jobs.get(message.job);
    if (message.type === 'answered') {
      job?.resolve({ ok: true, worker: message.worker });
    } else {
      if (message.failure.executorUnusable) this.retire();
      job?.resolve({ ok: false, failure: message.failure });
    }
  }

  #end(failure: JobFailure): void {
    this.#broken = true;
    clearTimeout(this.#watchdog);
    for (const job of this.#jobs.values()) job.resolve({ ok: false, failure });
    this.#gone.resolve();
  }

  #send(message: ToFamily): void {
    // A process that is gone has said so by its exit already.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

const ended = { fault: 'platform', executorUnusable: true } as const;

function forked(apiKey: string): ChildProcess {
  try {
    return fork(program, {
      env: { ...process.env, YAGNA_APPKEY: apiKey },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  } catch (error) {
    const { code, message } = notStarted(error);
    throw new PlatformError(code, message, { cause: error });
  }
}

/** For want of processes, memory or files, for example. */
function notStarted(error: unknown): { readonly code: string; readonly message: string } {
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'golem_unavailable', message: `The Golem executor could not be started (${reason}).` };
}
