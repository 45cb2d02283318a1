import { type ModelId, tensorBytes } from '../core/catalogue.ts';
import { encodeChunk } from '../core/chunk-file.ts';
import type { Chunk } from '../core/chunks.ts';
import { budgetUsedUp, MlgError, PlatformError, ProviderError } from '../core/errors.ts';
import { tensorKey } from '../core/keys.ts';
import type { Failure, Outcome, PredictionRequest } from '../core/request.ts';
import type { RunServices } from './run.ts';

/** What became of requests. */
export interface RequestCounts {
  /** Requests that this run won; the others belong to another run or ended meanwhile. */
  readonly claimed: number;
  readonly done: number;
  readonly failed: number;
  /** Put back to be tried again, or failed with their last attempt. */
  readonly retried: number;
  /** Put back as if never claimed. */
  readonly released: number;
  /** Answered too late: another run holds them. */
  readonly lost: number;
  /** Left to the end of their lease, because the rows could not be written. */
  readonly stranded: number;
}

/** What became of the requests of one chunk. */
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

/** Who works on the chunk, and until when. */
export interface Shift {
  readonly owner: string;
  /** Of its claims, ms. */
  readonly lease: number;
  readonly signal: AbortSignal;
}

/** Claims a chunk's requests, has a provider classify them and stores the outcomes; or gives the requests back. */
export async function workOnChunk(chunk: Chunk, services: RunServices, shift: Shift): Promise<ChunkEnd> {
  return new ChunkWork(chunk, services, shift).work();
}

/** The work on one chunk. What AWS refuses to do for one request does not touch the others. */
class ChunkWork {
  readonly #chunk: Chunk;
  readonly #services: RunServices;
  readonly #shift: Shift;
  readonly #startedAt: number;
  readonly #counts = { claimed: 0, done: 0, failed: 0, retried: 0, released: 0, lost: 0, stranded: 0 };
  readonly #reasons = new Set<string>();
  #provider: string | undefined;
  #unreachable = false;
  #budgetUsedUp = false;

  constructor(chunk: Chunk, services: RunServices, shift: Shift) {
    this.#chunk = chunk;
    this.#services = services;
    this.#shift = shift;
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

  /** A claim whose answer is lost for good is held by nobody; its lease will end. */
  async #claim(): Promise<PredictionRequest[]> {
    const { rows, clock } = this.#services;
    const now = clock();
    const lease = { owner: this.#shift.owner, until: now + this.#shift.lease };
    const claims = this.#chunk.requests.map(({ id }) =>
      rows.claim(id, lease, now).catch((error: unknown) => {
        this.#note(error);
        return undefined;
      }),
    );
    return (await Promise.all(claims)).filter((claim) => claim !== undefined);
  }

  /** The requests with their images. One without an image fails, one whose image cannot be read now goes back. */
  async #load(requests: readonly PredictionRequest[]): Promise<Loaded[]> {
    const { rows, objects, clock } = this.#services;
    const { owner } = this.#shift;
    const loads = await Promise.all(
      requests.map(async (request): Promise<Loaded | undefined> => {
        const image = await objects.get(tensorKey(request.id)).catch((error: unknown) => {
          this.#note(error);
          return 'unreadable' as const;
        });
        if (image === 'unreadable') {
          await this.#settle('released', () => rows.release(request.id, owner));
        } else if (image?.length === tensorBytes(this.#chunk.model)) {
          return { request, image };
        } else {
          await this.#settle('failed', () => rows.fail(request.id, owner, imageLost, clock()));
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
    const { signal } = this.#shift;
    signal.throwIfAborted();
    const { provider, answers } = await this.#services.providers.ask(packed, { signal });
    if (answers.length !== loaded.length) throw new Error(`${loaded.length} images have ${answers.length} answers.`);
    this.#provider = provider;
    const weights = this.#services.installed[model.id]?.weights;
    if (!weights) throw new Error(`${model.id} was classified, and is not installed.`);
    return answers.map((predictions) => ({ predictions, weights, provider }));
  }

  async #store(loaded: readonly Loaded[], outcomes: readonly Outcome[]): Promise<void> {
    const { rows, clock } = this.#services;
    await Promise.all(
      loaded.map(({ request }, index) => {
        const outcome = outcomes[index] as Outcome;
        return this.#settle('done', () => rows.complete(request.id, this.#shift.owner, outcome, clock()));
      }),
    );
  }

  /** A provider's failure costs an attempt; a stop of the run, or a platform that does not answer, does not. */
  async #giveBack(loaded: readonly Loaded[], error: unknown): Promise<void> {
    const { rows, clock } = this.#services;
    const { owner, signal } = this.#shift;
    this.#note(error);
    if (error instanceof ProviderError && error.provider) this.#services.providers.blame(error.provider, error.message);
    const costsAttempt = !signal.aborted && !(error instanceof PlatformError);
    this.#unreachable = !signal.aborted && error instanceof PlatformError;
    this.#budgetUsedUp = error instanceof PlatformError && error.code === budgetUsedUp;
    const failure = publicFailure(error);
    await Promise.all(
      loaded.map(({ request: { id } }) =>
        costsAttempt
          ? this.#settle('retried', () => rows.retry(id, owner, failure, clock()))
          : this.#settle('released', () => rows.release(id, owner)),
      ),
    );
  }

  /** Counts a step on a row by how it ended. */
  async #settle(held: 'done' | 'failed' | 'retried' | 'released', step: () => Promise<boolean>): Promise<void> {
    try {
      this.#counts[(await step()) ? held : 'lost']++;
    } catch (error) {
      this.#note(error);
      this.#counts.stranded++;
    }
  }

  #note(error: unknown): void {
    this.#reasons.add(error instanceof Error ? error.message : String(error));
  }
}

/** A claimed request with its prepared image. */
interface Loaded {
  readonly request: PredictionRequest;
  readonly image: Uint8Array;
}

const imageLost: Failure = {
  code: 'image_lost',
  message: 'The prepared image is not in the store any more. Please send it again.',
};

/** What the person who asked may read: never a stack or an internal name. */
function publicFailure(error: unknown): Failure {
  if (error instanceof MlgError) return { code: error.code, message: error.message };
  return { code: 'internal_error', message: 'The attempt failed for a reason of our own.' };
}
