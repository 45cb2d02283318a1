import { afterEach, describe, expect, it } from 'vitest';
import { GolemRun } from './golem-run.ts';

const node = process.execPath;

afterEach(() => {
  process.execPath = node;
  delete process.env.TOO_LARGE;
});

describe('a family process that cannot be started', () => {
  it('fails its chunk alone, when the system says so later', async (context) => {
    const run = await GolemRun.start(context);
    process.execPath = '/no/such/program';
    expect(await run.classify()).toBe('golem_unavailable');
    expect(run.errors).toEqual([expect.stringMatching(/could not be started \(spawn .*ENOENT\)/)]);
    expect(await run.close()).toMatchObject({ glm: 0, invoices: 0 });
  });

  it('fails its chunk alone, when the system says so at once', async (context) => {
    const run = await GolemRun.start(context);
    process.env.TOO_LARGE = 'x'.repeat(2 ** 20);
    expect(await run.classify()).toBe('golem_unavailable');
    expect(run.errors).toEqual([expect.stringMatching(/could not be started \(spawn E2BIG\)/)]);
    expect(await run.close()).toMatchObject({ glm: 0, invoices: 0 });
  });

  it('leaves the family to another process', async (context) => {
    const run = await GolemRun.start(context);
    process.execPath = '/no/such/program';
    expect(await run.classify()).toBe('golem_unavailable');
    process.execPath = node;
    expect(await run.classify()).toHaveLength(2);
  });
});
