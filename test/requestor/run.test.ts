import { describe, expect, it } from 'vitest';
import { decodeChunk } from '../../core/chunk-file.ts';
import { budgetUsedUp, PlatformError, ProviderError } from '../../core/errors.ts';
import { tensorKey } from '../../core/keys.ts';
import { leaseMs } from '../../core/request.ts';
import { run } from '../../requestor/run.ts';
import { TestProviders } from '../support/providers.ts';
import { answerOf, runnable, start } from '../support/run.ts';
import { failureOf, outcomeOf, stepsOn } from '../support/steps.ts';

describe('a run', () => {
  it('classifies everything pending, one model a chunk, and gives each request its own answer', async () => {
    const { rows, providers, services, add, options } = runnable();
    const requests = [...(await add('starter', 20)), ...(await add('vgg16', 3)), ...(await add('vgg19', 1))];
    const summary = await run(services, options);
    expect(providers.chunks.map(({ model, count }) => `${model} ${count}`).sort()).toEqual([
      'starter 16',
      'starter 4',
      'vgg16 3',
      'vgg19 1',
    ]);
    const answers = await Promise.all(requests.map(async ({ id }) => outcomeOf(await rows.get(id))?.predictions));
    const inModel = [...Array(20).keys(), ...Array(3).keys(), ...Array(1).keys()];
    expect(answers).toEqual(inModel.map(answerOf));
    expect(summary).toMatchObject({ done: 24, claimed: 24, chunks: 4, retried: 0, stopped: false, glm: 0.25 });
    expect(providers.closed).toBe(1);
  });

  it('leaves requests for networks that no image holds', async () => {
    const { rows, services, add, options } = runnable();
    const [request] = await add('resnet50', 1);
    await run(services, options);
    expect((await rows.get(request?.id ?? ''))?.status).toBe('pending');
  });

  it('tries a chunk again when its provider failed', async () => {
    const providers = new TestProviders(async (_, call) => {
      if (call === 1) throw new ProviderError('provider_failed', 'gone');
    });
    const { rows, services, add, options } = runnable(providers);
    const requests = await add('starter', 3);
    const summary = await run(services, options);
    expect(summary).toMatchObject({ done: 3, retried: 3, chunks: 2, reasons: ['gone'] });
    for (const { id } of requests) expect(await rows.get(id)).toMatchObject({ status: 'done', attempts: 2 });
  });

  it('fails requests after three attempts, with the last reason', async () => {
    const providers = new TestProviders(async () => {
      throw new ProviderError('bad_answer', 'not JSON');
    });
    const { rows, services, add, options } = runnable(providers);
    const [request] = await add('starter', 1);
    const summary = await run(services, options);
    expect(summary).toMatchObject({ claimed: 3, done: 0, retried: 2, failed: 1, failed_attempts: 3 });
    expect(providers.chunks).toHaveLength(3);
    expect(await rows.get(request?.id ?? '')).toMatchObject({
      status: 'failed',
      attempts: 3,
      failure: { code: 'bad_answer', message: "The provider's answer did not pass the checks." },
    });
  });

  it("never shows the person who asked a provider's words, and bounds them in its record", async () => {
    const words = `\u001b[2JYour wallet was locked: visit example.org ${'!'.repeat(1000)}`;
    const providers = new TestProviders(async () => {
      throw new ProviderError('provider_failed', words);
    });
    const { rows, services, add, options } = runnable(providers);
    const [request] = await add('starter', 1);
    const { reasons } = await run(services, options);
    const message = 'The provider that was classifying the image failed.';
    expect(failureOf(await rows.get(request?.id ?? ''))).toEqual({ code: 'provider_failed', message });
    expect(reasons).toEqual([expect.stringMatching(/^\\u001b\[2JYour wallet/)]);
    expect(reasons[0]?.length).toBeLessThan(400);
  });

  it('never shows the person who asked what broke inside', async () => {
    const providers = new TestProviders(async () => {
      throw new Error('secret path');
    });
    const { rows, services, add, options } = runnable(providers);
    const [request] = await add('starter', 1);
    await run(services, options);
    expect(failureOf(await rows.get(request?.id ?? ''))).toEqual({
      code: 'internal_error',
      message: 'The attempt failed because of an internal error.',
    });
  });

  it('puts a family aside, at no cost to its requests, when no provider can be engaged', async () => {
    const providers = new TestProviders(async ({ model }) => {
      if (model.family === 'vgg') throw new PlatformError('golem_unavailable', 'nobody there');
    });
    const { rows, services, add, options } = runnable(providers);
    const waiting = await add('vgg16', 100);
    const [served] = await add('starter', 1);
    const summary = await run(services, options);
    for (const { id } of waiting) expect(await rows.get(id)).toMatchObject({ status: 'pending', attempts: 0 });
    expect(providers.chunks.filter(({ model }) => model === 'vgg16').length).toBeLessThanOrEqual(2);
    expect((await rows.get(served?.id ?? ''))?.status).toBe('done');
    expect(summary.reasons).toEqual(['nobody there']);
  });

  it('says that requests wait because its budget is used up', async () => {
    const providers = new TestProviders(async (_, call) => {
      if (call > 1) throw new PlatformError(budgetUsedUp, 'The run has spent its budget of 1 GLM.');
    });
    const { rows, services, add, options } = runnable(providers);
    const requests = await add('starter', 20);
    expect(await run(services, { ...options, providersPerFamily: 1 })).toMatchObject({
      ...{ done: 16, released: 4, budget_used_up: true },
      reasons: ['The run has spent its budget of 1 GLM.'],
    });
    expect(await rows.get(requests[19]?.id ?? '')).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it('does not say so of what it left for another reason, or of what nobody waits for', async () => {
    const elsewhere = new TestProviders(async () => {
      throw new PlatformError('golem_unavailable', 'nobody there');
    });
    const left = runnable(elsewhere);
    await left.add('starter', 1);
    expect(await run(left.services, left.options)).toMatchObject({ released: 1, budget_used_up: false });

    const broke = new TestProviders(async () => {
      await stepsOn(erased.rows).erase(request?.id ?? '', start);
      throw new PlatformError(budgetUsedUp, 'The run has spent its budget of 1 GLM.');
    });
    const erased = runnable(broke);
    const [request] = await erased.add('starter', 1);
    expect(await run(erased.services, erased.options)).toMatchObject({ released: 0, lost: 1, budget_used_up: false });
  });

  it('fails a request whose image is gone, and goes on with its chunk', async () => {
    const { rows, objects, services, add, options } = runnable();
    const [first, second] = await add('starter', 2);
    await objects.delete(tensorKey(first?.id ?? ''));
    const summary = await run(services, options);
    expect(await rows.get(first?.id ?? '')).toMatchObject({ status: 'failed', failure: { code: 'image_lost' } });
    expect(outcomeOf(await rows.get(second?.id ?? ''))?.predictions[0]?.[1]).toBe('image 1');
    expect(summary).toMatchObject({ done: 1, failed: 1, failed_attempts: 0 });
  });

  it('counts what a vanished run left after its last attempt as failed', async () => {
    const { rows, services, add, options } = runnable();
    const [request] = await add('starter', 1);
    for (const attempt of [3, 2, 1]) {
      const lease = { owner: 'vanished', until: start - attempt * leaseMs };
      await stepsOn(rows).claim(request?.id ?? '', lease, lease.until - 1);
    }
    expect(await run(services, options)).toMatchObject({ recovered: 0, claimed: 0, failed: 1, failed_attempts: 1 });
    expect(failureOf(await rows.get(request?.id ?? ''))?.code).toBe('lease_ran_out');
  });

  it('was not stopped by a signal that came when its work was done', async () => {
    const providers = new TestProviders();
    const { services, add, options, stop } = runnable(providers);
    await add('starter', 1);
    const close = providers.close.bind(providers);
    providers.close = () => {
      stop();
      return close();
    };
    expect(await run(services, options)).toMatchObject({ done: 1, stopped: false });
  });

  it('gives everything back when it is told to stop', async () => {
    const reached = Promise.withResolvers<void>();
    const providers = new TestProviders(async (_, __, signal) => {
      reached.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const { rows, services, add, options, stop } = runnable(providers);
    const requests = await add('starter', 40);
    const ended = run(services, options);
    await reached.promise;
    stop();
    const summary = await ended;
    for (const { id } of requests) expect(await rows.get(id)).toMatchObject({ status: 'pending', attempts: 0 });
    expect(summary).toMatchObject({ stopped: true, done: 0 });
    expect(summary.released).toBe(summary.claimed);
    expect(providers.closed).toBe(1);
  });

  it('takes over what a vanished run left behind', async () => {
    const { rows, services, add, options } = runnable();
    const [request] = await add('starter', 1);
    await stepsOn(rows).claim(request?.id ?? '', { owner: 'vanished', until: start - 1 }, start - 1 - leaseMs);
    const summary = await run(services, options);
    expect(summary).toMatchObject({ recovered: 1, done: 1 });
    expect(await rows.get(request?.id ?? '')).toMatchObject({ status: 'done', attempts: 2 });
  });

  it('drops an answer when another run has taken the request meanwhile', async () => {
    const { rows, services, add, options } = runnable(
      new TestProviders(async () => {
        await stepsOn(rows).claim(request?.id ?? '', { owner: 'run-b', until: Infinity }, start + leaseMs + 1);
      }),
    );
    const [request] = await add('starter', 1);
    const summary = await run(services, options);
    expect(summary).toMatchObject({ done: 0, lost: 1 });
    expect(await rows.get(request?.id ?? '')).toMatchObject({ status: 'running', lease: { owner: 'run-b' } });
  });

  it('drops the answer of a request that was erased meanwhile', async () => {
    const { rows, services, add, options } = runnable(
      new TestProviders(async () => {
        await stepsOn(rows).erase(erased?.id ?? '', start);
      }),
    );
    const [erased, other] = await add('starter', 2);
    expect(await run(services, options)).toMatchObject({ done: 1, lost: 1, errors: [] });
    expect(await rows.get(erased?.id ?? '')).toMatchObject({ status: 'erased' });
    expect(await rows.get(other?.id ?? '')).toMatchObject({ status: 'done' });
  });

  it('tells those who wait when it began, and how long its chunks took', async () => {
    let now = start;
    const providers = new TestProviders(async (_chunk, call) => {
      now += 1000;
      if (call === 1) throw new ProviderError('gone', 'gone');
    });
    const { history, services, add, options } = runnable(providers);
    await add('starter', 1);
    await run({ ...services, clock: () => now }, options);
    expect(await history.get()).toEqual({ lastStart: start, period: 600_000, seconds: { starter: [1] } });
  });

  it('works although nobody can be told', async () => {
    const { history, services, add, options } = runnable();
    history.began = () => Promise.reject(new Error('away'));
    await add('starter', 1);
    expect(await run(services, options)).toMatchObject({ done: 1, errors: ['away'] });
  });

  it('shares the work with a run beside it, and does nothing twice', async () => {
    const providers = new TestProviders(() => new Promise(setImmediate));
    const { rows, services, add, options } = runnable(providers);
    const requests = await add('starter', 100);
    const [a, b] = await Promise.all([run(services, options), run(services, { ...options, owner: 'run-b' })]);
    expect((a?.done ?? 0) + (b?.done ?? 0)).toBe(100);
    expect(providers.chunks.reduce((sum, { count }) => sum + count, 0)).toBe(100);
    for (const { id } of requests) expect(await rows.get(id)).toMatchObject({ status: 'done', attempts: 1 });
  });

  it('does what it can when the sweep fails, and says what failed', async () => {
    const { rows, providers, services, add, options } = runnable();
    const [request] = await add('starter', 1);
    const broken = Object.assign(rows, {
      expired: () => {
        throw new Error('down');
      },
    });
    const summary = await run({ ...services, rows: broken }, options);
    expect(summary).toMatchObject({ done: 1, errors: ['down'] });
    expect((await rows.get(request?.id ?? ''))?.status).toBe('done');
    expect(providers.closed).toBe(1);
  });

  it('isolates the one image that no provider can stand', async () => {
    const providers = new TestProviders(async ({ bytes, count }) => {
      const { tensors } = decodeChunk(bytes);
      const firstBytes = Array.from({ length: count }, (_, i) => tensors[(i * tensors.length) / count]);
      if (firstBytes.includes(5)) throw new ProviderError('provider_failed', 'died of it');
    });
    const { rows, services, add, options } = runnable(providers);
    const requests = await add('starter', 16);
    const summary = await run(services, options);
    const ends = await Promise.all(requests.map(({ id }) => rows.get(id)));
    expect(ends.filter((end) => end?.status === 'failed').map((end) => end?.id)).toEqual([requests[5]?.id]);
    expect(summary.done).toBe(15);
  });

  it('leaves a record of itself', async () => {
    const { objects, services, add, options } = runnable();
    await add('starter', 17);
    const summary = await run(services, options);
    const [key] = objects.keys.filter((each) => each.startsWith('runs/2026-'));
    const record = JSON.parse(new TextDecoder().decode(await objects.get(key ?? '')));
    expect(record).toEqual(summary);
    expect(record.providers).toEqual({ '0xp': { chunks: 2, seconds: 0 } });
  });

  it('keeps its record under the day and the moment of its start', async () => {
    const { objects, services, options } = runnable();
    const types: string[] = [];
    const put = objects.put.bind(objects);
    objects.put = (key, bytes, type?: string) => {
      types.push(type ?? 'none');
      return put(key, bytes);
    };
    await run({ ...services, clock: () => Date.UTC(2026, 10, 22, 12) }, { ...options, owner: '0123456789abcdef' });
    expect(objects.keys).toEqual(['runs/2026-11-22/2026-11-22T12:00:00.000Z-01234567.json']);
    expect(types).toEqual(['application/json']);
  });
});
