import { type InstalledModels, type ModelId, modelById, tensorBytes } from '../../core/catalogue.ts';
import { tensorKey } from '../../core/keys.ts';
import type { Objects, RequestRows } from '../../core/ports.ts';
import { leaseMs, newRequest, type PredictionRequest } from '../../core/request.ts';
import { newId } from './ids.ts';
import { MemoryObjects, MemoryRows, MemoryRunHistory } from './memory.ts';
import { TestProviders } from './providers.ts';

export const start = 1_790_000_000_000;

const hash = 'a'.repeat(64);
const installed: InstalledModels = {
  starter: { sha256: hash, weights: 'official' },
  vgg16: { sha256: hash, weights: 'synthetic' },
  vgg19: { sha256: hash, weights: 'official' },
};

/** All that a run needs, in memory, at a time that stands still. */
export function runnable(providers = new TestProviders()) {
  const rows = new MemoryRows();
  const objects = new MemoryObjects();
  const history = new MemoryRunHistory();
  const stop = new AbortController();
  return {
    rows,
    objects,
    providers,
    history,
    services: { rows, objects, providers, history, clock: () => start, installed },
    options: { owner: 'run-a', providersPerFamily: 2, lease: leaseMs, period: 600_000, signal: stop.signal },
    add: (model: ModelId, count: number) => addRequests({ rows, objects }, model, count),
    stop: () => stop.abort(new Error('stopped')),
  };
}

/** Pending requests, the i-th a second younger than the one before, its image all of value i. */
export async function addRequests(
  { rows, objects }: { rows: RequestRows; objects: Objects },
  model: ModelId,
  count: number,
): Promise<PredictionRequest[]> {
  const known = modelById(model);
  if (!known) throw new Error(`There is no model ${model}.`);
  const requests = Array.from({ length: count }, (_, i) => newRequest(newId(), model, start - 3_600_000 + i * 1000));
  for (const [i, request] of requests.entries()) {
    await objects.put(tensorKey(request.id), new Uint8Array(tensorBytes(known)).fill(i), 'application/octet-stream');
    await rows.add(request);
  }
  return requests;
}

/** What TestProviders answer for the i-th of `addRequests`. */
export const answerOf = (i: number) => [['n00000000', `image ${i % 256}`, 0.5]];
