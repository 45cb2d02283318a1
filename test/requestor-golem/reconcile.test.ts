import { describe, expect, it } from 'vitest';
import { tag } from '../../requestor/golem/contracts.ts';
import { HandRequestor } from '../local-golem/hand-requestor.ts';
import { GolemRun } from './golem-run.ts';

/** Bills that the daemon holds from earlier runs: more than it lists unless it is asked for more. */
const earlier = 12;

describe.concurrent('at its end the requestor', () => {
  it('finds its bills behind those of earlier runs, and pays the ones that nobody has', async (context) => {
    const later = () => Date.now() + 60_000;
    const run = await GolemRun.start(context, { clock: later, deadlines: { reconcile: 20_000 } });
    const vanished = new HandRequestor(run.golem);
    vanished.properties = { [tag.name]: tag.value };
    for (let i = 0; i < earlier; i++) await vanished.terminate(await vanished.agreement());
    expect((await run.report()).unpaidInvoices).toHaveLength(earlier);
    expect(await run.classify()).toHaveLength(2);
    const { glm, invoices } = await run.close();
    expect(invoices).toBe(earlier + 1);
    expect(glm).toBeGreaterThan(0);
    expect(await run.report()).toMatchObject({ openAgreements: [], unpaidInvoices: [], doublyPaid: [] });
  });

  it('ends in time with a daemon that no longer answers', async (context) => {
    const run = await GolemRun.start(context, { deadlines: { reconcile: 2_000 } });
    expect(await run.classify()).toHaveLength(2);
    for (const pid of await run.processes()) process.kill(pid, 'SIGKILL');
    // The first of its calls take up its time, so that the next ones begin after the deadline.
    const on = ['unsubscribeDemand', 'releaseAllocation', 'listInvoices'];
    run.golem.setFaults([{ fault: 'call-slow', on, seconds: 600 }]);
    const startedAt = performance.now();
    expect(await run.close()).toMatchObject({ glm: 0, invoices: 0 });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
