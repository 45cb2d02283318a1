import type { ModelId } from '../../core/catalogue.ts';
import type { IdempotencyKeys, Objects, RequestRows, Reservation, RunHistory } from '../../core/ports.ts';
import { type ChunkSeconds, joined, type RecentRuns } from '../../core/recent-runs.ts';
import type { Failure, Lease, Outcome, PredictionRequest } from '../../core/request.ts';
import * as life from '../../core/request.ts';

/** The rows as request.ts defines them, and nothing else: the model that the other backends are held against. */
export class MemoryRows implements RequestRows {
  readonly #rows = new Map<string, PredictionRequest>();

  async add(request: PredictionRequest): Promise<boolean> {
    if (this.#rows.has(request.id)) return false;
    this.#rows.set(request.id, request);
    return true;
  }

  async get(id: string): Promise<PredictionRequest | undefined> {
    return this.#rows.get(id);
  }

  async *pending(model: ModelId): AsyncGenerator<PredictionRequest> {
    const rows = [...this.#rows.values()].filter((row) => row.status === 'pending' && row.model === model);
    yield* rows.sort((a, b) => a.createdAt - b.createdAt);
  }

  async ahead({ model, createdAt }: PredictionRequest): Promise<number | undefined> {
    const older = [...this.#rows.values()].filter(
      (row) => row.status === 'pending' && row.model === model && row.createdAt < createdAt,
    );
    return older.length > 1000 ? undefined : older.length;
  }

  async *expired(now: number): AsyncGenerator<PredictionRequest> {
    const rows = [...this.#rows.values()].filter((row) => row.lease && row.lease.until < now);
    yield* rows.sort((a, b) => (a.lease?.until ?? 0) - (b.lease?.until ?? 0));
  }

  async claim(id: string, lease: Lease, now: number): Promise<PredictionRequest | undefined> {
    return this.#change(id, (row) => life.claim(row, lease, now));
  }

  async complete(id: string, owner: string, outcome: Outcome, now: number): Promise<boolean> {
    return this.#change(id, (row) => life.complete(row, owner, outcome, now)) !== undefined;
  }

  async fail(id: string, owner: string, failure: Failure, now: number): Promise<boolean> {
    return this.#change(id, (row) => life.fail(row, owner, failure, now)) !== undefined;
  }

  async retry(id: string, owner: string, failure: Failure, now: number): Promise<boolean> {
    return this.#change(id, (row) => life.retry(row, owner, failure, now)) !== undefined;
  }

  async release(id: string, owner: string): Promise<boolean> {
    return this.#change(id, (row) => life.release(row, owner)) !== undefined;
  }

  async recover(id: string, now: number): Promise<boolean> {
    return this.#change(id, (row) => life.recover(row, now)) !== undefined;
  }

  async uploaded(id: string, now: number): Promise<boolean> {
    return this.#change(id, (row) => life.uploaded(row, now)) !== undefined;
  }

  async failUpload(id: string, failure: Failure, now: number): Promise<boolean> {
    return this.#change(id, (row) => life.failUpload(row, failure, now)) !== undefined;
  }

  async erase(id: string): Promise<boolean> {
    return this.#rows.delete(id);
  }

  #change(
    id: string,
    transition: (row: PredictionRequest) => PredictionRequest | undefined,
  ): PredictionRequest | undefined {
    const row = this.#rows.get(id);
    const next = row && transition(row);
    if (next) this.#rows.set(id, next);
    return next;
  }
}

export class MemoryIdempotencyKeys implements IdempotencyKeys {
  readonly #keys = new Map<string, Reservation & { expiresAt: number }>();

  async reserve(key: string, reservation: Reservation, now: number, expiresAt: number): Promise<Reservation> {
    const held = this.#keys.get(key);
    if (held && held.expiresAt >= now) return { requestId: held.requestId, imageHash: held.imageHash };
    this.#keys.set(key, { ...reservation, expiresAt });
    return reservation;
  }
}

export class MemoryRunHistory implements RunHistory {
  #runs: Partial<RecentRuns> = {};

  async get(): Promise<RecentRuns | undefined> {
    const { lastStart, period, seconds = {} } = this.#runs;
    return lastStart === undefined || period === undefined ? undefined : { lastStart, period, seconds };
  }

  async began(lastStart: number, period: number): Promise<void> {
    this.#runs = { ...this.#runs, lastStart, period };
  }

  async took(seconds: ChunkSeconds): Promise<void> {
    this.#runs = { ...this.#runs, seconds: joined(this.#runs.seconds ?? {}, seconds) };
  }
}

export class MemoryObjects implements Objects {
  readonly #objects = new Map<string, Uint8Array>();

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#objects.set(key, Uint8Array.from(bytes));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#objects.get(key);
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  get keys(): string[] {
    return [...this.#objects.keys()];
  }
}
