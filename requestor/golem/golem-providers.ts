import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Family, InstalledModels, Model } from '../../core/catalogue.ts';
import type { ClassifiedChunk, PackedChunk } from '../../core/chunks.ts';
import { PlatformError, ProviderError } from '../../core/errors.ts';
import type { Providers, RunCost } from '../../core/ports.ts';
import type { GolemSettings } from '../settings.ts';
import { FamilyProcess } from './family-process.ts';
import type { Job } from './messages.ts';

/**
 * Providers of the Golem Network, reached through one family process a family. This side owns the files, the time,
 * the list of providers that failed, and what was paid; the processes own the SDK and may end at any moment.
 */
export class GolemProviders implements Providers {
  readonly #settings: GolemSettings;
  readonly #installed: InstalledModels;
  readonly #processes = new Map<Family, FamilyProcess>();
  readonly #retired = new Set<FamilyProcess>();
  readonly #excluded = new Set<string>();
  readonly #folder: string;
  #jobs = 0;
  #glm = 0;
  #invoices = 0;

  /** @param folder for chunk files; its own, removed at `close` */
  private constructor(settings: GolemSettings, installed: InstalledModels, folder: string) {
    this.#settings = settings;
    this.#installed = installed;
    this.#folder = folder;
  }

  static async open(settings: GolemSettings, installed: InstalledModels): Promise<GolemProviders> {
    return new GolemProviders(settings, installed, await mkdtemp(path.join(tmpdir(), 'mlg-requestor-')));
  }

  async classify({ model, count, bytes }: PackedChunk, signal: AbortSignal): Promise<ClassifiedChunk> {
    const installed = this.#installed[model.id];
    if (!installed) throw new PlatformError('model_unavailable', `No provider image holds ${model.id}.`);
    const id = ++this.#jobs;
    const chunkFile = path.join(this.#folder, `${id}.chunk`);
    await writeFile(chunkFile, bytes);
    try {
      const chunkSha256 = createHash('sha256').update(bytes).digest('hex');
      const process = this.#processOf(model);
      const job: Job = { id, chunkFile, chunkSha256, count, model: installed };
      const result = await unlessAborted(process.classify(job), signal);
      if (result.ok) {
        const { provider, predictions } = result;
        return predictions.map((each) => ({ predictions: each, weights: installed.weights, provider }));
      }
      const { fault, code, message, provider } = result.failure;
      if (provider) this.#excluded.add(provider);
      throw fault === 'provider' ? new ProviderError(code, message) : new PlatformError(code, message);
    } finally {
      await rm(chunkFile, { force: true });
    }
  }

  async close(): Promise<RunCost> {
    const processes = [...this.#processes.values(), ...this.#retired];
    await Promise.all(processes.map((process) => process.close()));
    await rm(this.#folder, { recursive: true, force: true });
    return { glm: this.#glm, invoices: this.#invoices };
  }

  /** The family's process; a new one when there is none, or the last one can take no more work. */
  #processOf({ family }: Model): FamilyProcess {
    const current = this.#processes.get(family);
    if (current?.fit) return current;
    if (current) this.#retired.add(current);
    const image = this.#settings.images[family];
    if (!image)
      throw new PlatformError('image_unknown', `The settings name no provider image of the ${family} family.`);
    const config = {
      family,
      image,
      apiUrl: this.#settings.apiUrl,
      network: this.#settings.network,
      maxProviders: this.#settings.providersPerFamily,
      excluded: [...this.#excluded],
    };
    const started = new FamilyProcess(config, (glm) => {
      this.#glm += glm;
      this.#invoices++;
    });
    this.#processes.set(family, started);
    return started;
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
