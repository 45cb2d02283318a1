import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { PlatformError } from '../../core/errors.ts';
import { type Deadlines, jobDeadline, within } from './deadlines.ts';
import type { Judge } from './guard.ts';
import type { FamilyConfig, FromFamily, Job, JobFailure, ToFamily } from './messages.ts';
import type { Party } from './rentals.ts';

const program = path.join(import.meta.dirname, 'family-main.ts');

export type JobResult =
  | { readonly ok: true; readonly worker: Party }
  | { readonly ok: false; readonly failure: JobFailure };

/** What a family process reports beside the results of its jobs. */
export type Report =
  | Exclude<FromFamily, { readonly type: 'answered' | 'failed' | 'alive' | 'bill' | 'held' }>
  /** The process died; these providers had a job of it in hand. */
  | { readonly type: 'died'; readonly holders: readonly string[]; readonly how: string };

/** A child process that owns a TaskExecutor. It can be killed at any moment: its jobs then fail, and nothing else. */
export class FamilyProcess {
  readonly #child: ChildProcess;
  readonly #deadlines: Deadlines;
  readonly #jobs = new Map<number, PromiseWithResolvers<JobResult>>();
  /** Who has each job in hand. */
  readonly #holders = new Map<number, string>();
  readonly #onReport: (report: Report) => void;
  readonly #judge: Judge;
  readonly #gone = Promise.withResolvers<void>();
  readonly #startedAt = performance.now();
  readonly #watchdog: NodeJS.Timeout;
  #broken = false;
  #retired = false;
  #closing: Promise<void> | undefined;

  /**
   * @param apiKey travels in the environment: what goes over the channel may be logged
   * @param judge says whether a bill that the process has received may be paid
   * @throws PlatformError when the system does not let it start
   */
  constructor(config: FamilyConfig, apiKey: string, onReport: (report: Report) => void, judge: Judge) {
    this.#onReport = onReport;
    this.#judge = judge;
    this.#deadlines = config.deadlines;
    this.#child = forked(apiKey);
    this.#child.once('exit', (code, signal) => this.#died(signal ?? `exit code ${code}`));
    this.#child.on('error', (error) => {
      // One that has started reports its end by 'exit'.
      if (this.#child.pid === undefined) this.#end(() => ({ ...ended, ...notStarted(error) }));
    });
    this.#watchdog = setTimeout(() => this.#child.kill('SIGKILL'), this.#deadlines.silence);
    this.#child.on('message', (message: FromFamily) => {
      this.#watchdog.refresh();
      this.#take(message);
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
      this.#holders.delete(job.id);
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

  #take(message: FromFamily): void {
    if (message.type === 'answered' || message.type === 'failed') this.#finish(message);
    else if (message.type === 'held') this.#holders.set(message.job, message.provider);
    else if (message.type === 'bill') void this.#decide(message);
    else if (message.type !== 'alive') this.#onReport(message);
  }

  async #decide({ question, bill, contract }: Extract<FromFamily, { readonly type: 'bill' }>): Promise<void> {
    this.#send({ type: 'verdict', question, verdict: await this.#judge(bill, contract) });
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

  /** Any of those who had a job in hand may have caused it. */
  #died(how: string): void {
    const holders = [...new Set(this.#holders.values())];
    if (holders.length > 0) this.#onReport({ type: 'died', holders, how });
    this.#end((job) => diedWith(how, this.#holders.get(job)));
  }

  #end(failureOf: (job: number) => JobFailure): void {
    this.#broken = true;
    clearTimeout(this.#watchdog);
    for (const [id, job] of this.#jobs) job.resolve({ ok: false, failure: failureOf(id) });
    this.#gone.resolve();
  }

  #send(message: ToFamily): void {
    // A process that is gone has said so by its exit already.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

const ended = { fault: 'platform', executorUnusable: true } as const;

/** The fault of whoever had the job in hand: else a few providers could have a family put aside, run after run. */
function diedWith(how: string, provider: string | undefined): JobFailure {
  const failure = { code: 'golem_executor_ended', again: true, executorUnusable: true } as const;
  const message = `The Golem executor ended unexpectedly (${how}).`;
  return provider
    ? { ...failure, fault: 'provider', provider, message: `${message} The provider had the job in hand.` }
    : { ...failure, fault: 'platform', message };
}

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
