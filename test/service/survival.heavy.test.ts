import { describe, expect, it } from 'vitest';
import { processesOf } from '../../local/chaos/processes.ts';
import { useStarts } from '../support/npm-start.ts';
import { accepted, openService, photo, read } from '../support/service.ts';

describe('the service in local mode, when it is killed', () => {
  const starts = useStarts();

  it('loses nothing when all of it is killed, and leaves no process behind', async () => {
    const { child, url } = await starts.serve('--every', '1');
    const before = await accepted(url, 'starter', await photo('cat.jpg'));
    await until(async () => (await read(url, before)).status === 'running');
    expect((await processesOf(starts.folder)).length).toBeGreaterThan(2);
    child.kill('SIGKILL');
    await child.ended;
    await until(async () => (await processesOf(starts.folder)).length === 0);

    const service = await openService(starts.folder);
    try {
      expect((await read(service.url, before)).status).toMatch(/running|pending|done/);
      const after = await accepted(service.url, 'starter', await photo('coffee.jpg'));
      await service.tick();
      expect((await read(service.url, after)).preds?.[0]?.[1]).toBe('espresso');
    } finally {
      await service.close();
    }
  }, 90_000);

  it('goes on when its requestor and its Golem are killed, and keeps what they had in hand', async () => {
    const { url } = await starts.serve('--every', '1');
    const inHand = await accepted(url, 'starter', await photo('cat.jpg'));
    await until(async () => (await read(url, inHand)).status === 'running');
    await kill('requestor/main.ts');
    expect((await read(url, inHand)).status).toBe('running');
    await kill('golem/main.ts');

    const next = await accepted(url, 'starter', await photo('coffee.jpg'));
    await until(async () => (await read(url, next)).status === 'done');
    expect((await read(url, next)).preds?.[0]?.[1]).toBe('espresso');
    // Its lease protects it for 15 minutes; then any run takes it over (test/requestor/run.test.ts).
    expect(await read(url, inHand)).toMatchObject({ status: 'running', attempts: 1 });
  }, 90_000);

  async function kill(program: string): Promise<void> {
    const victim = (await processesOf(starts.folder)).find(({ command }) => command.includes(program));
    if (!victim) throw new Error(`No process runs ${program}.`);
    process.kill(victim.pid, 'SIGKILL');
  }
});

/** Waits for a condition of other processes, which tell nobody when it comes true. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The condition did not come true within 30 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
