import type { ModelId } from '../../core/catalogue.ts';
import type { IdempotencyKeys, Objects, RequestRows, Reservation, RunHistory } from '../../core/ports.ts';
import { type ChunkSeconds, joined, type RecentRuns } from '../../core/recent-runs.ts';
import type { PendingRequest, PredictionRequest, RunningRequest } from '../../core/request.ts';

/** Requests in a map: the model that the other backends are compared with. */
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

  async replace(before: PredictionRequest, after: PredictionRequest): Promise<PredictionRequest | undefined> {
    const stored = this.#rows.get(before.id);
    if (stored?.version !== before.version) return stored;
    this.#rows.set(after.id, after);
    return after;
  }

  async *pending(model: ModelId): AsyncGenerator<PendingRequest> {
    yield* this.#pending(model).sort((a, b) => a.createdAt - b.createdAt);
  }

  async ahead({ model, createdAt }: PendingRequest): Promise<number | undefined> {
    const older = this.#pending(model).filter((row) => row.createdAt < createdAt);
    return older.length > 1000 ? undefined : older.length;
  }

  async *expired(now: number): AsyncGenerator<RunningRequest> {
    const running = [...this.#rows.values()].filter((row) => row.status === 'running');
    const overdue = running.filter(({ lease }) => lease.until < now);
    yield* overdue.sort((a, b) => a.lease.until - b.lease.until);
  }

  #pending(model: ModelId): PendingRequest[] {
    return [...this.#rows.values()].filter((row) => row.status === 'pending').filter((row) => row.model === model);
  }
}

export class MemoryIdempotencyKeys implements IdempotencyKeys {
  readonly #keys = new Map<string, Reservation & { expiresAt: number }>();

  async reserve(
    key: string,
    reservation: Reservation,
    now: number,
    expiresAt: number,
    insteadOf?: string,
  ): Promise<Reservation> {
    const held = this.#keys.get(key);
    if (held && held.expiresAt >= now && held.requestId !== insteadOf)
      return { requestId: held.requestId, imageHash: held.imageHash };
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
