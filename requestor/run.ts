import { type InstalledModels, type ModelId, modelById } from '../core/catalogue.ts';
import { divide } from '../core/chunks.ts';
import { prefixes } from '../core/keys.ts';
import { mergeSorted } from '../core/merge.ts';
import type { RunHistory } from '../core/ports.ts';
import { recover } from '../core/request.ts';
import { takeStep } from '../core/steps.ts';
import { inTurns } from '../core/turns.ts';
import { forEachConcurrently } from '../process/concurrency.ts';
import { type RunSummary, Tally } from './summary.ts';
import { type ChunkEnd, type ChunkServices, type LeaseContext, workOnChunk } from './work-on-chunk.ts';

/** Dependencies of `run`. */
export interface RunServices extends ChunkServices {
  readonly history: RunHistory;
}

export interface RunOptions extends LeaseContext {
  /** Chunks of one family under way at a time: as many as it may engage providers. */
  readonly providersPerFamily: number;
  /** From the start of one run to the next, ms. */
  readonly period: number;
}

/**
 * One run: requeues requests leased by dead runs, then works on what is pending, oldest first and by turns among senders, until nothing is left or
 * the signal ends it. A failure stays local to one family, one chunk, one request. The providers are closed in any case,
 * and the run leaves a record.
 */
export async function run(services: RunServices, options: RunOptions): Promise<RunSummary> {
  const startedAt = services.clock();
  const tally = new Tally(startedAt);
  const tried = (part: Promise<void>) => part.catch((error: unknown) => tally.note(error));
  await tried(services.history.began(startedAt, options.period));
  await tried(sweep(services, tally));
  await Promise.all(
    familiesOf(services.installed).map((models) => tried(workOnFamily(models, services, options, tally))),
  );
  // A signal that comes later, while the providers are closed, has stopped nothing.
  const stopped = options.signal.aborted;
  await tried(services.providers.close().then((cost) => tally.pay(cost)));
  await tried(services.history.took(tally.chunkSeconds));
  const summary = tally.summary({ owner: options.owner, endedAt: services.clock(), stopped });
  await tried(services.objects.put(recordKey(summary), encode(summary), 'application/json'));
  return { ...summary, errors: tally.errors };
}

/** Records lie by day, so that a day's runs are one listing. */
export function recordKey({ started_at, run }: RunSummary): string {
  return `${prefixes.runs}${started_at.slice(0, 10)}/${started_at}-${run}.json`;
}

const encode = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value)}\n`);

async function sweep({ rows, clock }: RunServices, tally: Tally): Promise<void> {
  for await (const request of rows.expired(clock())) {
    const after = await takeStep(rows, request, (stored) => recover(stored, clock()));
    if (after) tally.recover(after);
  }
}

function familiesOf(installed: InstalledModels): ModelId[][] {
  return [...Map.groupBy(Object.keys(installed) as ModelId[], (id) => modelById(id)?.family).values()];
}

/** Passes over the family's queue until a pass leaves nothing that is worth another attempt in this run. */
async function workOnFamily(
  models: readonly ModelId[],
  services: RunServices,
  options: RunOptions,
  tally: Tally,
): Promise<void> {
  const { providersPerFamily, signal } = options;
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
    const chunks = takeWhile(divide(inTurns(pending)), () => engaged && !signal.aborted);
    await forEachConcurrently(chunks, providersPerFamily, async (chunk) =>
      settle(await workOnChunk(chunk, services, options)),
    );
  }
}

async function* takeWhile<T>(source: AsyncIterable<T>, condition: () => boolean): AsyncGenerator<T> {
  for await (const element of source) {
    if (!condition()) return;
    yield element;
  }
}
