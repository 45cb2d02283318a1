import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import { catalogue, type InstalledModels, modelById, tensorBytes } from '../../core/catalogue.ts';
import { newRequest, type PredictionRequest } from '../../core/request.ts';
import { forEachConcurrently } from '../../process/concurrency.ts';
import { run } from '../../requestor/run.ts';
import { type DynamoServer, startDynaliteProcess } from '../support/dynamo.ts';
import { newId } from '../support/ids.ts';
import { MemoryObjects } from '../support/memory.ts';
import { runnable, start } from '../support/run.ts';

const count = 10_000;
const installed = Object.fromEntries(
  catalogue.map(({ id }) => [id, { sha256: 'a'.repeat(64), weights: 'official' }]),
) as InstalledModels;

/** Every image is the same: ten thousand different ones would be the test's memory, not the run's. */
class OneImage extends MemoryObjects {
  readonly #images = new Map(catalogue.map((model) => [tensorBytes(model), new Uint8Array(tensorBytes(model))]));
  sizeOf = new Map<string, number>();

  override async get(key: string): Promise<Uint8Array | undefined> {
    return this.#images.get(this.sizeOf.get(key.replace('tensors/', '')) ?? 0);
  }
}

describe('ten thousand pending requests', () => {
  let dynamo: DynamoServer;

  beforeAll(async () => {
    dynamo = await startDynaliteProcess();
  });
  afterAll(() => dynamo?.close());

  it('are done by two runs at once, none twice, in bounded memory and calls', async () => {
    const [client, table] = await dynamo.openTable();
    const rows = new DynamoRows(client, table, 30);
    const objects = new OneImage();
    const requests = Array.from({ length: count }, (_, i) => {
      const { id } = catalogue[i % catalogue.length] as (typeof catalogue)[number];
      return newRequest(newId(), id, start - count + i);
    });
    for (const { id, model } of requests) {
      const known = modelById(model);
      if (known) objects.sizeOf.set(id, tensorBytes(known));
    }
    await forEachConcurrently(stream(requests), 32, async (request) => void (await rows.add(request)));

    const calls = new Map<string, number>();
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          calls.set(commandName, (calls.get(commandName) ?? 0) + 1);
          return next(args);
        },
      { step: 'initialize' },
    );
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const { services, providers, options } = runnable();
    const all = { ...services, rows, objects, installed };
    const startedAt = Date.now();
    const runs = await Promise.all(['a', 'b'].map((owner) => run(all, { ...options, owner })));
    clearInterval(watch);

    const done = runs.reduce((sum, { done }) => sum + done, 0);
    const classified = providers.chunks.reduce((sum, chunk) => sum + chunk.count, 0);
    const total = [...calls.values()].reduce((sum, n) => sum + n, 0);
    const perRequest = total / count;
    console.log(
      `${runs.map(({ done }) => done).join(' and ')} done in ${((Date.now() - startedAt) / 1000).toFixed(0)} s; ${perRequest.toFixed(2)} DynamoDB calls a request`,
      Object.fromEntries(calls),
      `memory +${((most - before) / 2 ** 20).toFixed(0)} MiB`,
    );
    expect({ done, classified }).toEqual({ done: count, classified: count });
    expect((most - before) / 2 ** 20).toBeLessThan(300);
    // One claim and one completion each; a claim that the other run was quicker with costs a read more.
    expect(perRequest).toBeLessThan(4.5);
  });
});

async function* stream(requests: readonly PredictionRequest[]) {
  yield* requests;
}
