import { expect, it } from 'vitest';
import { collect, failure, type Given, outcome, start } from './given.ts';

/** Requests that their sender takes back. */
export function erasureTests(given: Given): void {
  it('erases a request that waits, so that no run takes it', async () => {
    const { id } = await given.add('densenet169');
    const erased = await given.steps.erase(id, start + 5);
    expect(erased).toMatchObject({ id, status: 'erased', erasedAt: start + 5, cleared: false });
    expect(await given.rows.get(id)).toEqual(erased);
    expect(await given.steps.erase(id, start + 6)).toBeUndefined();
    expect(await collect(given.rows.pending('densenet169'))).toEqual([]);
    expect(await given.steps.claim(id, { owner: 'run-a', until: start + 10 }, start)).toBeUndefined();
  });

  it('erases a request that is worked on, and its answer is dropped', async () => {
    const id = await given.running('run-a');
    const erased = await given.steps.erase(id, start + 5);
    expect(await given.steps.complete(id, 'run-a', outcome, start)).toBeUndefined();
    expect(await given.steps.retry(id, 'run-a', failure, start)).toBeUndefined();
    expect(await given.steps.release(id, 'run-a')).toBeUndefined();
    expect(await given.rows.get(id)).toEqual(erased);
    expect((await collect(given.rows.expired(start + 99))).map((row) => row.id)).not.toContain(id);
  });

  it('does not add over an erased request', async () => {
    const request = await given.add();
    await given.steps.erase(request.id, start);
    expect(await given.rows.add(request)).toBe(false);
  });
}
