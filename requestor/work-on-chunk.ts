import { type InstalledModels, type ModelId, tensorBytes } from '../core/catalogue.ts';
import { encodeChunk } from '../core/chunk-file.ts';
import type { Chunk } from '../core/chunks.ts';
import { budgetUsedUp, PlatformError, ProviderError } from '../core/errors.ts';
import { tensorKey } from '../core/keys.ts';
import type { Clock, Objects, Providers, RequestRows } from '../core/ports.ts';
import { printable } from '../core/printable.ts';
import {
  claim,
  complete,
  type DoneRequest,
  type FailedRequest,
  type Failure,
  fail,
  type Outcome,
  type PendingRequest,
  type PredictionRequest,
  type RunningRequest,
  release,
  retry,
} from '../core/request.ts';
import { takeStep } from '../core/steps.ts';

/** Dependencies of `workOnChunk`. */
export interface ChunkServices {
  readonly rows: RequestRows;
  readonly objects: Objects;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly installed: InstalledModels;
}

/** Requests by what happened to them. Each claimed one is counted in exactly one of `done` to `stranded`. */
export interface RequestCounts {
  /** Requests that this run won; the others belong to another run or ended meanwhile. */
  readonly claimed: number;
  readonly done: number;
  /** Ended for good: their image is lost, or their last attempt failed. */
  readonly failed: number;
  /** Put back after a failed attempt, to be tried again. */
  readonly retried: number;
  /** Put back as if never claimed. */
  readonly released: number;
  /** Taken by another run, or erased, before this run could end them. */
  readonly lost: number;
  /** Left to the end of their lease, because the rows could not be written. */
  readonly stranded: number;
  /** Attempts that failed: those of the retried, and those with which a request failed for good. */
  readonly failed_attempts: number;
}

export const noRequests: RequestCounts = {
  ...{ claimed: 0, done: 0, failed: 0, retried: 0, released: 0, lost: 0, stranded: 0, failed_attempts: 0 },
};

/** Result of the work on one chunk. */
export interface ChunkEnd extends RequestCounts {
  readonly model: ModelId;
  readonly provider?: string;
  readonly seconds: number;
  readonly reasons: readonly string[];
  /** No provider could be engaged: the rest of the queue can wait for the next run. */
  readonly unreachable: boolean;
  /** Requests were put back because the run has spent what it may. */
  readonly budgetUsedUp: boolean;
}

/** On whose behalf requests are claimed, and for how long. */
export interface LeaseContext {
  /** A token that no other run has. */
  readonly owner: string;
  /** Length of a claim, ms. */
  readonly lease: number;
  /** Ends the work early: what is under way goes back to the queue. */
  readonly signal: AbortSignal;
}

/** Claims a chunk's requests, has a provider classify them and stores the outcomes; or gives the requests back. */
export async function workOnChunk(chunk: Chunk, services: ChunkServices, context: LeaseContext): Promise<ChunkEnd> {
  return new ChunkWork(chunk, services, context).work();
}

/** The work on one chunk. What AWS refuses to do for one request does not touch the others. */
class ChunkWork {
  readonly #chunk: Chunk;
  readonly #services: ChunkServices;
  readonly #context: LeaseContext;
  readonly #startedAt: number;
  readonly #counts = { ...noRequests };
  readonly #reasons = new Set<string>();
  #provider: string | undefined;
  #unreachable = false;
  #budgetUsedUp = false;

  constructor(chunk: Chunk, services: ChunkServices, context: LeaseContext) {
    this.#chunk = chunk;
    this.#services = services;
    this.#context = context;
    this.#startedAt = services.clock();
  }

  async work(): Promise<ChunkEnd> {
    const claimed = await this.#claim();
    this.#counts.claimed = claimed.length;
    const loaded = await this.#load(claimed);
    if (loaded.length > 0) {
      try {
        await this.#store(loaded, await this.#classify(loaded));
      } catch (error) {
        await this.#giveBack(loaded, error);
      }
    }
    return {
      model: this.#chunk.model.id,
      ...this.#counts,
      seconds: (this.#services.clock() - this.#startedAt) / 1000,
      reasons: [...this.#reasons],
      unreachable: this.#unreachable,
      budgetUsedUp: this.#budgetUsedUp && this.#counts.released > 0,
      ...(this.#provider && { provider: this.#provider }),
    };
  }

  /** A claim whose answer is lost for good is held by nobody; its lease will expire. */
  async #claim(): Promise<RunningRequest[]> {
    const { rows, clock } = this.#services;
    const now = clock();
    const lease = { owner: this.#context.owner, until: now + this.#context.lease };
    const claims = this.#chunk.requests.map((request) =>
      takeStep(rows, request, (stored) => claim(stored, lease, now)).catch((error: unknown) => {
        this.#note(error);
        return undefined;
      }),
    );
    return (await Promise.all(claims)).filter((claimed) => claimed !== undefined);
  }

  /** The requests with their images. One without an image fails, one whose image cannot be read now goes back. */
  async #load(requests: readonly RunningRequest[]): Promise<Loaded[]> {
    const { objects, clock } = this.#services;
    const { owner } = this.#context;
    const loads = await Promise.all(
      requests.map(async (request): Promise<Loaded | undefined> => {
        const image = await objects.get(tensorKey(request.id)).catch((error: unknown) => {
          this.#note(error);
          return 'unreadable' as const;
        });
        if (image === 'unreadable') {
          await this.#end(request, (stored) => release(stored, owner));
        } else if (image?.length === tensorBytes(this.#chunk.model)) {
          return { request, image };
        } else {
          await this.#end(request, (stored) => fail(stored, owner, imageLost, clock()));
        }
        return undefined;
      }),
    );
    return loads.filter((load) => load !== undefined);
  }

  async #classify(loaded: readonly Loaded[]): Promise<Outcome[]> {
    const { model } = this.#chunk;
    const images = loaded.map(({ image }) => image);
    const packed = { model, count: images.length, bytes: encodeChunk(model.id, model.size, model.size, images) };
    const { signal } = this.#context;
    signal.throwIfAborted();
    const { provider, answers } = await this.#services.providers.ask(packed, { signal });
    if (answers.length !== loaded.length) throw new Error(`${loaded.length} images have ${answers.length} answers.`);
    this.#provider = provider;
    const weights = this.#services.installed[model.id]?.weights;
    if (!weights) throw new Error(`${model.id} was classified, and is not installed.`);
    return answers.map((predictions) => ({ predictions, weights, provider }));
  }

  async #store(loaded: readonly Loaded[], outcomes: readonly Outcome[]): Promise<void> {
    const { clock } = this.#services;
    const { owner } = this.#context;
    await Promise.all(
      loaded.map(({ request }, index) => {
        const outcome = outcomes[index] as Outcome;
        return this.#end(request, (stored) => complete(stored, owner, outcome, clock()));
      }),
    );
  }

  /** A provider's failure costs an attempt; a stop of the run, or a platform that does not answer, does not. */
  async #giveBack(loaded: readonly Loaded[], error: unknown): Promise<void> {
    const { clock } = this.#services;
    const { owner, signal } = this.#context;
    this.#note(error);
    if (error instanceof ProviderError && error.provider) this.#services.providers.blame(error.provider, error.message);
    const costsAttempt = !signal.aborted && !(error instanceof PlatformError);
    this.#unreachable = !signal.aborted && error instanceof PlatformError;
    this.#budgetUsedUp = error instanceof PlatformError && error.code === budgetUsedUp;
    const failure = publicFailure(error);
    await Promise.all(
      loaded.map(async ({ request }) => {
        if (!costsAttempt) return this.#end(request, (stored) => release(stored, owner));
        const after = await this.#end(request, (stored) => retry(stored, owner, failure, clock()));
        if (after) this.#counts.failed_attempts++;
      }),
    );
  }

  /** Takes the step that ends this run's work on a request, and counts the request by how it is after it. */
  async #end(
    request: RunningRequest,
    transition: (stored: PredictionRequest) => DoneRequest | FailedRequest | PendingRequest | undefined,
  ): Promise<PredictionRequest | undefined> {
    try {
      const after = await takeStep(this.#services.rows, request, transition);
      if (!after) this.#counts.lost++;
      else if (after.status !== 'pending') this.#counts[after.status]++;
      else this.#counts[after.attempts < request.attempts ? 'released' : 'retried']++;
      return after;
    } catch (error) {
      this.#note(error);
      this.#counts.stranded++;
      return undefined;
    }
  }

  /** For the run's record. A provider may have had a hand in the words. */
  #note(error: unknown): void {
    this.#reasons.add(printable(error instanceof Error ? error.message : String(error), longestReason));
  }
}

/** Characters. */
const longestReason = 300;

/** A claimed request with its prepared image. */
interface Loaded {
  readonly request: RunningRequest;
  readonly image: Uint8Array;
}

const imageLost: Failure = {
  code: 'image_lost',
  message: 'The prepared image is not in the store any more. Please send it again.',
};

/** What a sender reads about a failed attempt: words of ours only. A provider's own words stay in the log. */
const publicWords: ReadonlyMap<string, string> = new Map([
  ['provider_failed', 'The provider that was classifying the image failed.'],
  ['bad_answer', "The provider's answer did not pass the checks."],
]);

function publicFailure(error: unknown): Failure {
  if (error instanceof ProviderError) {
    const message = publicWords.get(error.code);
    if (message) return { code: error.code, message };
  }
  return { code: 'internal_error', message: 'The attempt failed because of an internal error.' };
}
