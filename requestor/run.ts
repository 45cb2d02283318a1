import { type Family, type InstalledModels, type ModelId, modelById } from '../core/catalogue.ts';
import { divide } from '../core/chunks.ts';
import { mergeSorted } from '../core/merge.ts';
import type { Clock, Objects, Providers, RequestRows } from '../core/ports.ts';
import { allEnded, forEachConcurrently } from './concurrency.ts';
import { emptyTally, type RunSummary, summarize, type Tally } from './summary.ts';
import { type ChunkEnd, workOnChunk } from './work-on-chunk.ts';

export interface RunServices {
  readonly rows: RequestRows;
  readonly objects: Objects;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly installed: InstalledModels;
}

export interface RunOptions {
  /** A token that no other run has: the owner of this run's leases. */
  readonly owner: string;
  /** Chunks of one family under way at a time: as many as it may engage providers. */
  readonly providersPerFamily: number;
  /** Ends the run early: what is under way goes back to the queue. */
  readonly signal: AbortSignal;
}

/**
 * One run: puts back what vanished runs left behind, then works on what is pending, oldest first, until nothing is
 * left or the signal ends it. Whatever happens, no request that it claimed stays claimed, and the providers are closed.
 */
export async function run(services: RunServices, options: RunOptions): Promise<RunSummary> {
  const startedAt = services.clock();
  const tally = emptyTally();
  try {
    await sweep(services, tally);
    const families = familiesOf(services.installed);
    await allEnded(families.map((models) => workOnFamily(models, services, options, tally)));
  } finally {
    tally.cost = await services.providers.close();
  }
  return summarize(tally, { owner: options.owner, startedAt, endedAt: services.clock(), signal: options.signal });
}

async function sweep({ rows, clock }: RunServices, tally: Tally): Promise<void> {
  for await (const { id } of rows.expired(clock())) {
    if (await rows.recover(id, clock())) tally.recovered++;
  }
}

function familiesOf(installed: InstalledModels): ModelId[][] {
  const families = new Map<Family, ModelId[]>();
  for (const id of Object.keys(installed) as ModelId[]) {
    const family = modelById(id)?.family;
    if (family) families.set(family, [...(families.get(family) ?? []), id]);
  }
  return [...families.values()];
}

/** Passes over the family's queue until a pass leaves nothing that is worth another attempt in this run. */
async function workOnFamily(
  models: readonly ModelId[],
  services: RunServices,
  { owner, providersPerFamily, signal }: RunOptions,
  tally: Tally,
): Promise<void> {
  let again = true;
  let engaged = true;
  const settle = (end: ChunkEnd) => {
    tally.add(end);
    again ||= end.retried > 0;
    engaged &&= !end.unreachable;
  };
  while (again && engaged && !signal.aborted) {
    again = false;
    const pending = mergeSorted(
      models.map((model) => services.rows.pending(model)),
      ({ createdAt }) => createdAt,
    );
    const chunks = takeWhile(divide(pending), () => engaged && !signal.aborted);
    await forEachConcurrently(chunks, providersPerFamily, async (chunk) =>
      settle(await workOnChunk(chunk, services, owner, signal)),
    );
  }
}

async function* takeWhile<T>(source: AsyncIterable<T>, condition: () => boolean): AsyncGenerator<T> {
  for await (const element of source) {
    if (!condition()) return;
    yield element;
  }
}
