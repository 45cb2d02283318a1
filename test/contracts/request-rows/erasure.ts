import { expect, it } from 'vitest';
import { collect, failure, type Given, outcome, start } from './given.ts';

/** Requests that their sender takes back. */
export function erasureTests(given: Given): void {
  it('erases a request that waits, so that no run takes it', async () => {
    const { id } = await given.add('densenet169');
    expect(await given.rows.erase(id)).toBe(true);
    expect(await given.rows.erase(id)).toBe(false);
    expect(await given.rows.get(id)).toBeUndefined();
    expect(await collect(given.rows.pending('densenet169'))).toEqual([]);
    expect(await given.steps.claim(id, { owner: 'run-a', until: start + 10 }, start)).toBeUndefined();
  });

  it('erases a request that is worked on, and its answer is dropped', async () => {
    const id = await given.running('run-a');
    expect(await given.rows.erase(id)).toBe(true);
    expect(await given.steps.complete(id, 'run-a', outcome, start)).toBeUndefined();
    expect(await given.steps.retry(id, 'run-a', failure, start)).toBeUndefined();
    expect(await given.steps.release(id, 'run-a')).toBeUndefined();
    expect(await given.rows.get(id)).toBeUndefined();
    expect((await collect(given.rows.expired(start + 99))).map((row) => row.id)).not.toContain(id);
  });
}
