import { describe, expect, it } from 'vitest';
import { chunkOf, GolemRun } from './golem-run.ts';

const one = ['local-1'];
const signal = new AbortController().signal;
/** Asks nothing of the time that a busy machine may take, and ends long before the run would. */
const soon = { timeout: 10_000 };

describe.concurrent('an agreement ends when its work does, while the run goes on', () => {
  it('when two providers fail at the same time', async (context) => {
    const run = await GolemRun.start(context, { faults: [{ fault: 'command-fails', on: 'run' }] });
    expect(await Promise.all([run.classify(), run.classify()])).toEqual(['provider_failed', 'provider_failed']);
    await context.expect.poll(async () => (await run.report()).openAgreements, soon).toEqual([]);
    expect(await run.report()).toMatchObject({ agreements: 2, openActivities: [] });
  });

  it('when its process is replaced meanwhile', async (context) => {
    const run = await GolemRun.start(context, {
      faults: [
        { fault: 'command-fails', on: 'run', times: 1 },
        { fault: 'call-slow', on: 'destroyActivity', seconds: 1, times: 1 },
      ],
      deadlines: { familyAge: 1 },
    });
    expect(await run.classify()).toBe('provider_failed');
    const other = await run.providers.ask(chunkOf(2), { signal });
    await context.expect.poll(async () => (await run.report()).openAgreements, soon).toEqual([other.agreement]);
  });

  it('when its activity cannot be destroyed', async (context) => {
    const faults = [
      { fault: 'command-fails', on: 'run' },
      { fault: 'call-fails', on: 'destroyActivity' },
    ] as const;
    const run = await GolemRun.start(context, { golem: { providers: 1 }, faults });
    expect(await run.classify()).toBe('provider_failed');
    await context.expect.poll(async () => (await run.report()).openAgreements, soon).toEqual([]);
  });

  it('when the answer was not valid', async (context) => {
    const run = await GolemRun.start(context, { golem: { providers: 1 }, faults: [{ fault: 'answer-not-json' }] });
    expect(await run.classify()).toBe('bad_answer');
    await context.expect.poll(async () => (await run.report()).openAgreements, soon).toEqual([]);
  });

  it('when a provider hangs before it is ready', async (context) => {
    const run = await GolemRun.start(context, {
      faults: [{ fault: 'hang', on: 'deploy', providers: one }],
      settings: { engageSeconds: 5 },
    });
    const ends = await Promise.all([run.classify(), run.classify()]);
    expect(await Promise.all(ends.map((end) => run.workerOf(end)))).toEqual(['local-2', 'local-2']);
    await context.expect.poll(async () => (await run.report()).openAgreements, soon).toHaveLength(1);
  });
});

describe.concurrent('one process goes on', () => {
  it('however many providers do not come up', async (context) => {
    const failing = ['local-1', 'local-2', 'local-3', 'local-4', 'local-5'];
    const run = await GolemRun.start(context, {
      golem: { providers: 6 },
      settings: { providersPerFamily: 1 },
      faults: [{ fault: 'command-fails', on: 'deploy', providers: failing }],
    });
    // Each asks three providers at most.
    const first = await run.classify();
    const [pid] = await run.processes();
    const ends = [first, await run.classify(), await run.classify()];
    expect(await run.workerOf(ends[2] as never)).toBe('local-6');
    expect(await run.processes()).toEqual([pid]);
  });

  it('when providers fail with chunks and send no invoice', async (context) => {
    const failing = ['local-1', 'local-2', 'local-3', 'local-4'];
    const run = await GolemRun.start(context, {
      golem: { providers: 5 },
      settings: { providersPerFamily: 1 },
      faults: [
        { fault: 'no-invoice', providers: failing },
        { fault: 'command-fails', on: 'run', providers: failing },
      ],
    });
    const pids = new Set<number>();
    let end = await run.classify();
    for (let failures = 0; failures < failing.length && typeof end === 'string'; failures++) {
      for (const pid of await run.processes()) pids.add(pid);
      end = await run.classify();
    }
    expect(await run.workerOf(end)).toBe('local-5');
    for (const pid of await run.processes()) pids.add(pid);
    expect(pids.size).toBe(1);
  });
});

describe.concurrent('a provider', () => {
  it('that a chunk is to avoid does not get it, and keeps its agreement for others', async (context) => {
    const run = await GolemRun.start(context);
    const first = await run.providers.ask(chunkOf(2), { signal });
    const second = await run.providers.ask(chunkOf(2), { avoid: new Set([first.provider]), signal });
    expect(second.provider).not.toBe(first.provider);
    const third = await run.providers.ask(chunkOf(2), { avoid: new Set([second.provider]), signal });
    expect(third).toMatchObject({ provider: first.provider, agreement: first.agreement });
    expect((await run.report()).openAgreements).toHaveLength(2);
  });

  it('that one chunk is to avoid is free for another that avoids the rest', async (context) => {
    const run = await GolemRun.start(context);
    const first = await run.providers.ask(chunkOf(2), { signal });
    const second = await run.providers.ask(chunkOf(2), { avoid: new Set([first.provider]), signal });
    const others = [first, second, first, second].map(({ provider }) =>
      run.providers.ask(chunkOf(2), { avoid: new Set([provider]), signal }),
    );
    const agreements = (await Promise.all(others)).map(({ agreement }) => agreement);
    expect(agreements).toEqual([second.agreement, first.agreement, second.agreement, first.agreement]);
  });

  it('that is to blame is engaged by no family any more, and its agreement ends', async (context) => {
    const run = await GolemRun.start(context, { golem: { providers: 1 } });
    // Its only provider is under contract to the other family, so this one can but wait.
    const { provider } = await run.providers.ask(chunkOf(2), { signal });
    const other = run.providers.ask(chunkOf(1, 'densenet121'), { signal });
    await context.expect.poll(async () => (await run.report()).demands).toHaveLength(2);
    run.providers.blame(provider, 'a wrong answer');
    await expect(other).rejects.toMatchObject({ code: 'golem_unavailable' });
    expect((await run.report()).openAgreements).toEqual([]);
    expect((await run.report()).agreements).toBe(1);
  });
});

it('a reply says who gave it, by what', async (context) => {
  const run = await GolemRun.start(context, { golem: { providers: 1 } });
  const reply = await run.providers.ask(chunkOf(3), { signal });
  expect(reply).toMatchObject({ runtime: 'sh', modelSha256: 'd'.repeat(64), agreement: expect.any(String) });
  expect((await run.names()).get(reply.provider)).toBe('local-1');
  expect(reply.answers.map(([best]) => best?.[2])).toEqual([0.5, 0.5, 0.5]);
});
