import { expect, it } from 'vitest';
import type { Golem } from '../../local/golem/index.ts';
import { executorFor } from './executor.ts';
import { golemFor } from './with-golem.ts';

/** A requestor's whole life: connects, has four tasks done, and shuts down. */
async function work(golem: Golem, name: string, maxParallelTasks: number, minMemGib: number): Promise<string[]> {
  const executor = await executorFor(golem, maxParallelTasks, minMemGib);
  try {
    const tasks = ['a', 'b', 'c', 'd'].map((task) =>
      executor.run(async (exe) => `${exe.provider.name}: ${(await exe.run(`printf ${name}-${task}`)).stdout}`),
    );
    return await Promise.all(tasks);
  } finally {
    const before = performance.now();
    await executor.shutdown();
    shutdowns.push(performance.now() - before);
  }
}

const shutdowns: number[] = [];

it('several executors share the providers, wait for each other, and leave nothing behind', async () => {
  const golem = await golemFor({
    providers: [{}, {}, { memGib: 2 }],
  });
  // Five providers would be needed to serve all three at once.
  const done = await Promise.all([work(golem, 'x', 2, 1), work(golem, 'y', 1, 1), work(golem, 'z', 2, 4)]);
  for (const [i, name] of ['x', 'y', 'z'].entries()) {
    expect(done[i]?.map((said) => said.split(': ')[1])).toEqual(['a', 'b', 'c', 'd'].map((task) => `${name}-${task}`));
  }
  expect(done[2]?.join()).not.toContain('local-3');

  // The quickest of three, for a busy machine's sake: the SDK alone takes one second.
  expect(Math.min(...shutdowns)).toBeLessThan(2000);

  const report = await golem.close();
  expect(report).toEqual({
    processGroups: [],
    demands: [],
    openAgreements: [],
    openActivities: [],
    openAllocations: [],
    services: [],
    sockets: 0,
    wronglyBilled: [],
    unbilledByFault: [],
    unpaidInvoices: [],
    doublyPaid: [],
    agreements: report.invoices,
    invoices: expect.any(Number),
  });
  expect(report.invoices).toBeGreaterThanOrEqual(3);
});
