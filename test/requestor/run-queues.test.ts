import { describe, expect, it } from 'vitest';
import { tensorKey } from '../../core/keys.ts';
import { claim, newRequest } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { run } from '../../requestor/run.ts';
import { newId } from '../support/ids.ts';
import { runnable, start } from '../support/run.ts';

describe('what a run takes from its queues', () => {
  it('is the oldest request of a family first, whatever its model', async () => {
    const { rows, objects, providers, services, options } = runnable();
    const ages = [
      ...Array.from({ length: 16 }, (_, i) => ['vgg19', i] as const),
      ...Array.from({ length: 16 }, (_, i) => ['vgg16', 100 + i] as const),
    ];
    for (const [model, age] of ages) {
      const request = newRequest(newId(), model, start + age);
      await rows.add(request);
      await objects.put(tensorKey(request.id), new Uint8Array(224 * 224 * 3));
    }
    await run(services, { ...options, providersPerFamily: 1 });
    expect(providers.chunks.map(({ model }) => model)).toEqual(['vgg19', 'vgg16']);
  });

  it('is all of it at once: it reads a queue again only when something is to be tried again', async () => {
    let passes = 0;
    const { rows, services, add, options } = runnable();
    const pending = rows.pending.bind(rows);
    rows.pending = (model) => {
      if (model === 'starter') passes++;
      return pending(model);
    };
    await add('starter', 1);
    await run(services, options);
    expect(passes).toBe(1);
  });

  it('is not spoiled by a network that the catalogue does not know', async () => {
    const { services, add, options } = runnable();
    await add('starter', 1);
    const installed = { ...services.installed, alexnet: { sha256: 'a'.repeat(64), weights: 'official' } } as const;
    expect(await run({ ...services, installed }, options)).toMatchObject({ done: 1, errors: [] });
  });

  it('is not counted as put back when another run has taken it over meanwhile', async () => {
    const { rows, services, add, options } = runnable();
    const [request] = await add('starter', 1);
    const vanished = { owner: 'vanished', until: start - 1 };
    const overdue = request && (await takeStep(rows, request, (row) => claim(row, vanished, start - 5)));
    if (!overdue) throw new Error('The request was free.');
    await takeStep(rows, overdue, (row) => claim(row, { owner: 'run-b', until: start + 5 }, start));
    rows.expired = async function* () {
      yield overdue;
    };
    expect(await run(services, options)).toMatchObject({ recovered: 0, failed: 0, errors: [] });
  });
});
