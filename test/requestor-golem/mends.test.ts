import { describe, expect, it } from 'vitest';
import { chunkOf, GolemRun, nothingLeft, openProviders } from './golem-run.ts';
import { until } from './until.ts';

const one = ['local-1'];

// What once went wrong with the real SDK, and must not again. (All faults: faults.heavy.test.ts.)

describe.concurrent('the requestor at Golem', () => {
  it('engages another when a provider does not come up, in the same process, and lets the first one go', async (context) => {
    const run = await GolemRun.start(context, { faults: [{ fault: 'command-fails', on: 'deploy', providers: one }] });
    const ends = await Promise.all([run.classify(), run.classify()]);
    expect(await Promise.all(ends.map((end) => run.workerOf(end)))).toEqual(['local-2', 'local-2']);
    expect(run.errors).toEqual([]);
    expect((await run.report()).openAgreements).toHaveLength(1);
  });

  it('does not wait for a provider that has ended its agreement', async (context) => {
    const faults = [{ fault: 'polite-exit', on: 'run' }] as const;
    const run = await GolemRun.start(context, { golem: { providers: 1 }, faults, deadlines: { chunk: 60_000 } });
    expect(await run.classify()).toBe('provider_failed');
    expect(run.errors).toEqual(['The provider ended the agreement.']);
  });

  it('does not pay a bill for more than was agreed on, and knows what it has paid', async (context) => {
    const run = await GolemRun.start(context, { faults: [{ fault: 'inflated-invoice', providers: one }] });
    await Promise.all([run.classify(), run.classify()]);
    const { glm, invoices } = await run.close();
    const { agreements, unpaidInvoices } = await run.report();
    expect({ agreements, invoices, unpaidInvoices }).toEqual({ agreements: 2, invoices: 1, unpaidInvoices: [] });
    expect(glm).toBeGreaterThan(0);
    expect(glm).toBeLessThan(0.001);
  });

  it('ends in order when the daemon does not let it pay', async (context) => {
    const run = await GolemRun.start(context, { golem: { providers: 1 }, faults: [{ fault: 'accept-refused' }] });
    await run.classify();
    expect(await run.close()).toMatchObject({ glm: 0, invoices: 0 });
    expect(await run.report()).toMatchObject({ ...nothingLeft, unpaidInvoices: [expect.any(String)] });
  });

  it('goes on with another process when one is killed, and withdraws what that one had opened', async (context) => {
    const run = await GolemRun.start(context, {
      faults: [{ fault: 'slow-command', on: 'run', times: 1, seconds: 600 }],
    });
    const chunk = run.classify();
    await until('it is being classified', () => run.golem.faults()[0]?.strikes === 1);
    expect(await run.report()).toMatchObject({ demands: [expect.any(String)], openAllocations: [expect.any(String)] });
    const [pid = 0] = await run.processes();
    process.kill(pid, 'SIGKILL');
    expect(await chunk).toHaveLength(2);
    const { invoices } = await run.close();
    // Its addresses on the bus stay bound: nobody can send to them any more.
    const left = { ...nothingLeft, services: expect.any(Array) };
    expect(await run.report()).toMatchObject({ ...left, openAllocations: [], unpaidInvoices: [], invoices });
  });

  it('gives up a silent process: kills it, and has the chunk done by another', async (context) => {
    const run = await GolemRun.start(context, {
      faults: [{ fault: 'slow-command', on: 'run', times: 1, seconds: 600 }],
      deadlines: { silence: 6_000 },
    });
    const chunk = run.classify();
    await until('it is being classified', () => run.golem.faults()[0]?.strikes === 1);
    const [pid = 0] = await run.processes();
    process.kill(pid, 'SIGSTOP');
    expect(await chunk).toHaveLength(2);
    expect(await run.processes()).not.toContain(pid);
  });

  it('engages nobody any more when the budget is used up', async (context) => {
    const run = await GolemRun.start(context, {
      golem: { providers: [{ start: 0.009 }] },
      settings: { budget: 0.005 },
    });
    expect(await run.classify()).toHaveLength(2);
    expect(await run.classify()).toBe('budget_used_up');
    expect(run.errors).toEqual(['The run has spent its budget of 0.005 GLM.']);
  });

  it('gives a chunk up at once when the run is stopped', async (context) => {
    const run = await GolemRun.start(context, { faults: [{ fault: 'hang', on: 'run' }] });
    const stop = new AbortController();
    const chunk = run.classify(2, stop.signal);
    await until('it is being classified', () => run.golem.faults()[0]?.strikes === 1);
    stop.abort(new Error('stopped'));
    await expect(chunk).rejects.toThrow('stopped');
    await run.close();
    expect(await run.report()).toMatchObject({ ...nothingLeft, unpaidInvoices: [] });
  });

  it('pays what a run that vanished has left', async (context) => {
    const later = () => Date.now() + 60_000;
    const golem = { providers: 1, sessionTimeoutSec: 1 };
    const run = await GolemRun.start(context, { golem, clock: later });
    const vanished = await openProviders(run.golem);
    await vanished.ask(chunkOf(2), { signal: new AbortController().signal });
    for (const pid of await run.processes()) process.kill(pid, 'SIGKILL');
    await until('its provider has sent the bill', async () => (await run.report()).unpaidInvoices.length === 1);
    expect(await run.close()).toMatchObject({ invoices: 1 });
    expect((await run.report()).unpaidInvoices).toEqual([]);
    await vanished.close();
  });

  it('takes its signature back when a provider has not answered', async (context) => {
    const run = await GolemRun.start(context, {
      golem: { providers: 1 },
      faults: [{ fault: 'agreement-late', seconds: 600 }],
      deadlines: { engage: 3_000 },
    });
    expect(await run.classify()).toBe('golem_unavailable');
    await run.close();
    expect((await run.report()).openAgreements).toEqual([]);
  });
});
