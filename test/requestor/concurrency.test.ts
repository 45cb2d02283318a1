import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../requestor/concurrency.ts';

async function* numbers(count: number, taken: number[] = []) {
  for (let n = 0; n < count; n++) {
    taken.push(n);
    yield n;
  }
}

describe('forEachConcurrently', () => {
  it('works on every element once, never on more than the width at a time', async () => {
    const seen: number[] = [];
    let busy = 0;
    let most = 0;
    await forEachConcurrently(numbers(50), 4, async (n) => {
      most = Math.max(most, ++busy);
      await new Promise(setImmediate);
      seen.push(n);
      busy--;
    });
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(most).toBe(4);
  });

  it('takes an element only when there is room to work on it', async () => {
    const taken: number[] = [];
    const gate = Promise.withResolvers<void>();
    const all = forEachConcurrently(numbers(10, taken), 2, () => gate.promise);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(taken).toEqual([0, 1]);
    gate.resolve();
    await all;
    expect(taken).toHaveLength(10);
  });

  it('throws the first error after what was under way has ended, and takes no more', async () => {
    const taken: number[] = [];
    let ended = 0;
    const all = forEachConcurrently(numbers(10, taken), 2, async (n) => {
      if (n === 0) throw new Error('first');
      await new Promise(setImmediate);
      ended++;
    });
    await expect(all).rejects.toThrow('first');
    expect(taken.length).toBeLessThanOrEqual(3);
    expect(ended).toBe(taken.length - 1);
  });
});
