import { describe, expect, it } from 'vitest';
import { findModel } from '../../core/catalogue.ts';
import { budgetUsedUp, PlatformError, ProviderError } from '../../core/errors.ts';
import { tensorKey } from '../../core/keys.ts';
import type { AskOptions } from '../../core/ports.ts';
import { claim, leaseMs, maxAttempts, type PredictionRequest } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { noRequests, workOnChunk } from '../../requestor/work-on-chunk.ts';
import { TestProviders } from '../support/providers.ts';
import { runnable, start } from '../support/run.ts';

const failed = new ProviderError('bad_answer', 'It is not JSON.');

describe('a chunk', () => {
  it('is claimed, answered and stored', async () => {
    const { work, stored } = await setUp();
    expect(await work()).toEqual({
      ...{ ...noRequests, claimed: 2, done: 2, model: 'starter', provider: '0xp', seconds: 0, reasons: [] },
      ...{ unreachable: false, budgetUsedUp: false },
    });
    for (const request of await stored()) {
      expect(request).toMatchObject({ status: 'done', outcome: { weights: 'official', provider: '0xp' } });
    }
  });

  it('is given to providers with the signal that ends the work', async () => {
    const asked: AskOptions[] = [];
    const { work, given, options } = await setUp();
    const ask = given.providers.ask.bind(given.providers);
    given.providers.ask = (chunk, more) => {
      asked.push(more);
      return ask(chunk, more);
    };
    await work();
    expect(asked).toMatchObject([{ signal: options.signal }]);
    expect(asked[0]?.signal).toBe(options.signal);
  });

  it('is leased for as long as it was told, and takes as long as its clock says', async () => {
    let now = start;
    const { work, services, stored } = await setUp(async () => {
      for (const request of await stored()) {
        expect(request).toMatchObject({ status: 'running', lease: { owner: 'run-a', until: start + leaseMs } });
      }
      now += 1500;
    });
    expect(await work({ ...services, clock: () => now })).toMatchObject({ done: 2, seconds: 1.5 });
  });

  it('of which nothing is free any more goes to no provider', async () => {
    const { work, given, requests } = await setUp();
    for (const request of requests) {
      await takeStep(given.rows, request, (row) => claim(row, { owner: 'run-b', until: start + 9 }, start));
    }
    expect(await work()).toMatchObject({ ...noRequests, claimed: 0, reasons: [] });
    expect(given.providers.chunks).toEqual([]);
  });

  it('of which one request is not free any more is classified without it', async () => {
    const { work, given, requests } = await setUp();
    const [first] = requests as [PredictionRequest];
    await takeStep(given.rows, first, (row) => claim(row, { owner: 'run-b', until: start + 9 }, start));
    expect(await work()).toMatchObject({ claimed: 1, done: 1, lost: 0 });
    expect(given.providers.chunks).toEqual([{ model: 'starter', count: 1 }]);
  });
});

describe('a request', () => {
  it('that cannot be claimed is left alone, and the others are served', async () => {
    const { work, given, requests, stored } = await setUp();
    const replace = given.rows.replace.bind(given.rows);
    given.rows.replace = (before, after) =>
      before.id === requests[0]?.id ? Promise.reject(new Error('no table')) : replace(before, after);
    expect(await work()).toMatchObject({ claimed: 1, done: 1, stranded: 0, reasons: ['no table'] });
    expect((await stored()).map((row) => row?.status)).toEqual(['pending', 'done']);
  });

  it('whose image cannot be read goes back, and the others are served', async () => {
    const { work, given, requests, stored } = await setUp();
    const get = given.objects.get.bind(given.objects);
    given.objects.get = (key) =>
      key === tensorKey(requests[0]?.id ?? '') ? Promise.reject(new Error('no bucket')) : get(key);
    expect(await work()).toMatchObject({
      ...{ claimed: 2, done: 1, released: 1, reasons: ['no bucket'], unreachable: false, budgetUsedUp: false },
    });
    expect(await stored()).toMatchObject([{ status: 'pending', attempts: 0 }, { status: 'done' }]);
  });

  it.each([
    ['is gone', undefined],
    ['has another size', new Uint8Array(3)],
  ])('whose image %s has failed, in words for who asked', async (_, image) => {
    const { work, given, requests, stored } = await setUp();
    const key = tensorKey(requests[0]?.id ?? '');
    await given.objects.delete(key);
    if (image) await given.objects.put(key, image);
    expect(await work()).toMatchObject({ claimed: 2, done: 1, failed: 1, failed_attempts: 0, reasons: [] });
    const failure = {
      code: 'image_lost',
      message: 'The prepared image is not in the store any more. Please send it again.',
    };
    expect(await stored()).toMatchObject([{ status: 'failed', failure }, { status: 'done' }]);
  });

  it('whose end cannot be stored is stranded', async () => {
    const { work, given, stored } = await setUp(async () => {
      given.rows.replace = () => Promise.reject(new Error('no table'));
    });
    expect(await work()).toMatchObject({ claimed: 2, done: 0, stranded: 2, reasons: ['no table'] });
    expect(await stored()).toMatchObject([{ status: 'running' }, { status: 'running' }]);
  });
});

describe('an attempt that fails', () => {
  it('is counted, and blamed on nobody when it is not known who failed', async () => {
    const { work, given } = await setUp(() => Promise.reject(failed));
    expect(await work()).toMatchObject({
      ...{ claimed: 2, retried: 2, failed: 0, released: 0, failed_attempts: 2, reasons: ['It is not JSON.'] },
      ...{ unreachable: false, budgetUsedUp: false },
    });
    expect(given.providers.blamed).toEqual([]);
  });

  it('is counted as failed when it was the last one', async () => {
    const { work, given, requests } = await setUp(() => Promise.reject(failed));
    for (const request of requests) {
      await given.rows.replace(request, { ...request, attempts: maxAttempts - 1, version: 2 });
    }
    expect(await work()).toMatchObject({ claimed: 2, retried: 0, failed: 2, failed_attempts: 2 });
  });

  it('is not counted of a request that another run has taken', async () => {
    const { work, given, requests } = await setUp(async () => {
      const [first] = requests as [PredictionRequest];
      const late = { owner: 'run-b', until: start + 2 * leaseMs };
      await takeStep(given.rows, first, (row) => claim(row, late, start + leaseMs + 1));
      throw failed;
    });
    expect(await work()).toMatchObject({ claimed: 2, retried: 1, lost: 1, failed_attempts: 1 });
  });

  it.each([
    ['fewer answers than images', (answers: unknown[]) => answers.slice(1), '2 images have 1 answers.'],
    ['more answers than images', (answers: unknown[]) => [...answers, []], '2 images have 3 answers.'],
  ])('because there are %s shows who asked nothing of it', async (_, change, reason) => {
    const { work, given, stored } = await setUp();
    const ask = given.providers.ask.bind(given.providers);
    given.providers.ask = async (...args) => {
      const reply = await ask(...args);
      return { ...reply, answers: change([...reply.answers]) as typeof reply.answers };
    };
    const { provider, ...end } = await work();
    expect(end).toMatchObject({ retried: 2, reasons: [reason] });
    expect(provider).toBeUndefined();
    const failure = { code: 'internal_error', message: 'The attempt failed because of an internal error.' };
    expect(await stored()).toMatchObject([{ lastAttempt: { failure } }, { lastAttempt: { failure } }]);
  });

  it('because its network is not installed says so', async () => {
    const { work, services } = await setUp();
    expect(await work({ ...services, installed: {} })).toMatchObject({
      ...{ retried: 2, reasons: ['starter was classified, and is not installed.'] },
    });
  });

  it('with something else than an error is told as it is', async () => {
    const { work } = await setUp(() => Promise.reject('out of paper'));
    expect(await work()).toMatchObject({ retried: 2, reasons: ['out of paper'] });
  });
});

describe('an attempt that is handed back', () => {
  it('because no provider can be engaged costs nothing', async () => {
    const { work, stored } = await setUp(() => Promise.reject(new PlatformError('golem_unavailable', 'nobody there')));
    expect(await work()).toMatchObject({
      ...{ released: 2, retried: 0, failed_attempts: 0, unreachable: true, budgetUsedUp: false },
    });
    expect(await stored()).toMatchObject([
      { status: 'pending', attempts: 0 },
      { status: 'pending', attempts: 0 },
    ]);
  });

  it('because the budget is used up says so', async () => {
    const { work } = await setUp(() => Promise.reject(new PlatformError(budgetUsedUp, 'It is spent.')));
    expect(await work()).toMatchObject({ released: 2, unreachable: true, budgetUsedUp: true });
  });

  it('because the run must end says nothing of providers', async () => {
    const { work, given, stored } = await setUp(async () => {
      given.stop();
      throw new PlatformError('golem_unavailable', 'nobody there');
    });
    expect(await work()).toMatchObject({ released: 2, retried: 0, unreachable: false });
    expect(await stored()).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
  });

  it('because the run must end before a provider is asked, is given to none', async () => {
    const { work, given } = await setUp();
    given.stop();
    expect(await work()).toMatchObject({ released: 2, unreachable: false, reasons: ['stopped'] });
    expect(given.providers.chunks).toEqual([]);
  });
});

/** Two requests in a chunk; `before` is called when a provider is asked. */
async function setUp(before?: () => Promise<void>) {
  const given = runnable(new TestProviders(before));
  const requests = await given.add('starter', 2);
  const { services, options, rows } = given;
  const work = (changed = services) => workOnChunk({ model: findModel('starter'), requests }, changed, options);
  return {
    given,
    services,
    options,
    requests,
    work,
    stored: () => Promise.all(requests.map(({ id }) => rows.get(id))),
  };
}
