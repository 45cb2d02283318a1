import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Family, InstalledModels, Model } from '../../core/catalogue.ts';
import type { ClassifiedChunk, PackedChunk } from '../../core/chunks.ts';
import { budgetUsedUp, PlatformError, ProviderError } from '../../core/errors.ts';
import type { Clock, Providers, RunCost } from '../../core/ports.ts';
import { type Deadlines, defaultDeadlines, within } from './deadlines.ts';
import { FamilyProcess, type JobResult, type Report } from './family-process.ts';
import type { FamilyConfig, Job } from './messages.ts';
import { type Opened, reconcile } from './reconcile.ts';
import type { GolemSettings, Log } from './settings.ts';
import { Spending } from './spending.ts';

export interface GolemProvidersOptions {
  readonly settings: GolemSettings;
  readonly apiKey: string;
  readonly installed: InstalledModels;
  readonly clock: Clock;
  readonly log: Log;
  /** Others than the settings and defaults say. */
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
  /** Of chunk files; its own, removed at `close`. */
  readonly #folder: string;
  readonly #spending: Spending;
  readonly #processes = new Map<Family, FamilyProcess>();
  readonly #retired = new Set<FamilyProcess>();
  readonly #sessions: string[] = [];
  readonly #opened: Opened[] = [];
  readonly #excluded = new Set<string>();
  #chunks = 0;
  #jobs = 0;

  private constructor(options: GolemProvidersOptions, folder: string) {
    this.#options = options;
    const { engageSeconds, chunkSeconds } = options.settings;
    this.#deadlines = {
      ...defaultDeadlines,
      engage: engageSeconds * 1000,
      chunk: chunkSeconds * 1000,
      ...options.deadlines,
    };
    this.#folder = folder;
    this.#spending = new Spending(options.clock);
  }

  static async open(options: GolemProvidersOptions): Promise<GolemProviders> {
    return new GolemProviders(options, await mkdtemp(path.join(tmpdir(), 'mlg-requestor-')));
  }

  async classify({ model, count, bytes }: PackedChunk, signal: AbortSignal): Promise<ClassifiedChunk> {
    const installed = this.#options.installed[model.id];
    if (!installed) throw new PlatformError('model_unavailable', `No provider image holds ${model.id}.`);
    const chunkFile = path.join(this.#folder, `${++this.#chunks}.chunk`);
    try {
      await writeFile(chunkFile, bytes);
      const chunkSha256 = createHash('sha256').update(bytes).digest('hex');
      const work = { chunkFile, chunkSha256, count, model: installed };
      const { provider, predictions } = this.#answerOf(await within({ signal }, this.#engageFor(work, model, signal)));
      return predictions.map((each) => ({ predictions: each, weights: installed.weights, provider }));
    } finally {
      await rm(chunkFile, { force: true });
    }
  }

  async close(): Promise<RunCost> {
    const processes = [...this.#processes.values(), ...this.#retired];
    await Promise.all(processes.map((process) => process.close()));
    await rm(this.#folder, { recursive: true, force: true });
    const { settings, apiKey, clock, log } = this.#options;
    const left = { sessions: this.#sessions, opened: this.#opened };
    const limits = { deadline: this.#deadlines.reconcile, clock, log };
    return reconcile(settings, apiKey, left, limits).catch((error: unknown) => {
      log.warn({ err: error }, 'the run could not be reconciled with the daemon');
      return this.#spending.invoiced;
    });
  }

  /** Has the work done; by another provider when the first ones did not so much as begin with it. */
  async #engageFor(work: Omit<Job, 'id'>, model: Model, signal: AbortSignal): Promise<JobResult> {
    for (let attempt = 1; ; attempt++) {
      this.#checkBudget();
      const result = await this.#processOf(model).classify({ ...work, id: ++this.#jobs });
      const again = !result.ok && result.failure.again && attempt < engagements && !signal.aborted;
      if (!again) return result;
    }
  }

  #checkBudget(): void {
    const { budget } = this.#options.settings;
    if (this.#spending.total < budget) return;
    throw new PlatformError(budgetUsedUp, `The run has spent its budget of ${budget} GLM.`);
  }

  #answerOf(result: JobResult): Extract<JobResult, { ok: true }> {
    if (result.ok) return result;
    const { fault, code, message, provider } = result.failure;
    if (provider) this.#exclude(provider);
    throw fault === 'provider' ? new ProviderError(code, message) : new PlatformError(code, message);
  }

  /** The family's process; a new one when there is none, or the last one can take no more work. */
  #processOf({ family }: Model): FamilyProcess {
    const current = this.#processes.get(family);
    if (current?.fit) return current;
    if (current) {
      current.retire();
      this.#retired.add(current);
    }
    const started = new FamilyProcess(this.#configOf(family), this.#options.apiKey, (report) => this.#note(report));
    this.#processes.set(family, started);
    return started;
  }

  #configOf(family: Family): FamilyConfig {
    const { apiUrl, network, images, providersPerFamily, limits } = this.#options.settings;
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
      deadlines: this.#deadlines,
      excluded: [...this.#excluded],
    };
  }

  #exclude(provider: string): void {
    this.#excluded.add(provider);
    for (const process of this.#processes.values()) process.exclude(provider);
  }

  #note(report: Report): void {
    if (report.type === 'session') this.#sessions.push(report.session);
    if (report.type === 'engaged') this.#spending.engaged(report.engagement);
    if (report.type === 'excluded') this.#exclude(report.provider);
    if (report.type === 'opened') this.#opened.push(report);
    if (report.type === 'paid') this.#spending.paid(report.agreement, report.glm);
  }
}
