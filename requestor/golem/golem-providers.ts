import { createHash } from 'node:crypto';
import { open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { maxAnswerBytes, readAnswer } from '../../core/answer.ts';
import type { Family, InstalledModels, Model } from '../../core/catalogue.ts';
import type { PackedChunk } from '../../core/chunks.ts';
import type { DayBudget } from '../../core/day-budget.ts';
import { PlatformError, ProviderError } from '../../core/errors.ts';
import type { AskOptions, ChunkReply, Clock, Providers, RunCost } from '../../core/ports.ts';
import { type TemporaryFolder, temporaryFolder } from '../../process/temporary-folder.ts';
import { type Deadlines, defaultDeadlines, within } from './deadlines.ts';
import { FamilyProcess, type JobResult, type Report } from './family-process.ts';
import { weiOf } from './glm.ts';
import type { Judge } from './guard.ts';
import type { FamilyConfig, Job } from './messages.ts';
import { type Opened, reconcile } from './reconcile.ts';
import type { Party } from './rentals.ts';
import type { GolemSettings, Log } from './settings.ts';
import { Spending } from './spending.ts';

export interface GolemProvidersOptions {
  readonly settings: GolemSettings;
  readonly apiKey: string;
  readonly installed: InstalledModels;
  readonly clock: Clock;
  readonly log: Log;
  /** What all runs of a day have spent. */
  readonly dayBudget: DayBudget;
  /** Overrides of the settings and defaults. */
  readonly deadlines?: Partial<Deadlines>;
}

/** Providers may fail before they begin with a chunk; this often the chunk is offered to others. */
const engagements = 3;

/**
 * Providers of the Golem Network, reached through one family process a family. This side owns the files, the time, the
 * money and the list of providers that failed; the processes own the SDK and may end at any moment.
 */
export class GolemProviders implements Providers {
  readonly #options: GolemProvidersOptions;
  readonly #deadlines: Deadlines;
  /** Of chunks and answers; its own, removed at `close`. */
  readonly #folder: TemporaryFolder;
  readonly #spending: Spending;
  readonly #processes = new Map<Family, FamilyProcess>();
  readonly #retired = new Set<FamilyProcess>();
  readonly #sessions: string[] = [];
  readonly #opened: Opened[] = [];
  readonly #excluded = new Set<string>();
  /** Those who had a job in hand when a process died, and how it did. */
  readonly #leftOut = new Map<string, string>();
  #chunks = 0;
  #jobs = 0;

  private constructor(options: GolemProvidersOptions, folder: TemporaryFolder) {
    this.#options = options;
    const { engageSeconds, chunkSeconds } = options.settings;
    this.#deadlines = {
      ...defaultDeadlines,
      engage: engageSeconds * 1000,
      chunk: chunkSeconds * 1000,
      ...options.deadlines,
    };
    this.#folder = folder;
    const { budget, dayBudget, agreementCap, maxThreads } = options.settings;
    const limits = { run: weiOf(budget), day: weiOf(dayBudget), perAgreement: weiOf(agreementCap), maxThreads };
    this.#spending = new Spending(options.clock, limits, options.dayBudget);
  }

  static async open(options: GolemProvidersOptions): Promise<GolemProviders> {
    return new GolemProviders(options, await temporaryFolder('mlg-requestor-'));
  }

  async ask({ model, count, bytes }: PackedChunk, { avoid = new Set(), signal }: AskOptions): Promise<ChunkReply> {
    const installed = this.#options.installed[model.id];
    if (!installed) throw new PlatformError('model_unavailable', `No provider image holds ${model.id}.`);
    const chunkFile = path.join(this.#folder.path, `${++this.#chunks}.chunk`);
    const answerFile = `${chunkFile}.answer`;
    try {
      await writeFile(chunkFile, bytes);
      const job = { chunkFile, answerFile, avoid: [...avoid] };
      const worker = workerOf(await within({ signal }, this.#engageFor(job, model, signal)));
      const chunkSha256 = createHash('sha256').update(bytes).digest('hex');
      return { ...worker, ...(await replyIn(answerFile, worker, { chunkSha256, count, model: installed })) };
    } finally {
      await Promise.all([chunkFile, answerFile].map((file) => rm(file, { force: true })));
    }
  }

  blame(provider: string, reason: string): void {
    this.#options.log.warn({ provider, reason }, 'a provider is engaged no more in this run');
    this.#exclude(provider);
  }

  async close(): Promise<RunCost> {
    const processes = [...this.#processes.values(), ...this.#retired];
    await Promise.all(processes.map((process) => process.close()));
    await this.#folder.remove();
    const { settings, apiKey, clock, log } = this.#options;
    const left = { sessions: this.#sessions, opened: this.#opened };
    const limits = { deadline: this.#deadlines.reconcile, clock, log, spending: this.#spending };
    const cost = await reconcile(settings, apiKey, left, limits).catch((error: unknown) => {
      log.warn({ err: error }, 'the run could not be reconciled with the daemon');
      return this.#spending.invoiced;
    });
    const leftOut = [...this.#leftOut].map(([provider, how]) => `${provider} had a job in hand when ${how}`);
    return { ...cost, ...this.#spending.refusals, leftOut };
  }

  /** Has the work done; by another provider when the first ones did not so much as begin with it. */
  async #engageFor(job: Omit<Job, 'id'>, model: Model, signal: AbortSignal): Promise<JobResult> {
    for (let attempt = 1; ; attempt++) {
      await this.#spending.checkLeft();
      const result = await this.#processOf(model).classify({ ...job, id: ++this.#jobs });
      const again = !result.ok && result.failure.again && attempt < engagements && !signal.aborted;
      if (!again) return result;
    }
  }

  /** The family's process; a new one when there is none, or the last one can take no more work. */
  #processOf({ family }: Model): FamilyProcess {
    const current = this.#processes.get(family);
    if (current?.fit) return current;
    if (current) {
      current.retire();
      this.#retired.add(current);
    }
    const note = (report: Report) => this.#note(report);
    const judge: Judge = (bill, contract) => this.#spending.judge(bill, contract);
    const started = new FamilyProcess(this.#configOf(family), this.#options.apiKey, note, judge);
    this.#processes.set(family, started);
    return started;
  }

  #configOf(family: Family): FamilyConfig {
    const { apiUrl, network, images, providersPerFamily, limits, maxThreads } = this.#options.settings;
    const image = images[family];
    if (!image)
      throw new PlatformError('image_unknown', `The settings name no provider image of the ${family} family.`);
    return {
      family,
      image,
      apiUrl,
      network,
      maxProviders: providersPerFamily,
      limits,
      maxThreads,
      deadlines: this.#deadlines,
      excluded: [...this.#excluded],
    };
  }

  #exclude(provider: string): void {
    this.#excluded.add(provider);
    for (const process of this.#processes.values()) process.exclude(provider);
  }

  /** Whoever had a job in hand when the process died: one of them may have ended it, by a message that crashes the SDK. */
  #leaveOut({ holders, how }: Extract<Report, { readonly type: 'died' }>): void {
    for (const provider of holders) {
      this.#options.log.warn({ provider, how }, 'a provider had a job in hand when the executor died, and is left out');
      this.#leftOut.set(provider, `the executor ended (${how})`);
      this.#exclude(provider);
    }
  }

  #note(report: Report): void {
    if (report.type === 'session') this.#sessions.push(report.session);
    if (report.type === 'engaged') this.#spending.engaged(report.engagement);
    if (report.type === 'excluded') this.#exclude(report.provider);
    if (report.type === 'opened') this.#opened.push(report);
    if (report.type === 'paid') this.#spending.paid(report.agreement, report.amount);
    if (report.type === 'died') this.#leaveOut(report);
  }
}

/** @throws ProviderError or PlatformError by whose fault it was */
function workerOf(result: JobResult): Party {
  if (result.ok) return result.worker;
  const { fault, code, message, provider } = result.failure;
  throw fault === 'provider' ? new ProviderError(code, message, { provider }) : new PlatformError(code, message);
}

/** @throws ProviderError when the answer is not valid */
async function replyIn(
  answerFile: string,
  { provider }: Party,
  expected: Parameters<typeof readAnswer>[1],
): Promise<ReturnType<typeof readAnswer>> {
  try {
    return readAnswer(await beginningOf(answerFile, maxAnswerBytes + 1), expected);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(error.code, error.message, { provider, cause: error.cause });
  }
}

/** At most so many bytes of a file, however large it is. */
async function beginningOf(file: string, most: number): Promise<Uint8Array> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(new Uint8Array(most));
  return buffer.subarray(0, bytesRead);
}
