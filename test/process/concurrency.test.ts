import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../process/concurrency.ts';

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
      await new Promise(setImmediate);
      if (n === 0) throw new Error('first');
      await new Promise(setImmediate);
      ended++;
    });
    await expect(all).rejects.toThrow('first');
    expect([taken, ended]).toEqual([[0, 1], 1]);
  });

  it('throws what a call throws before it gives a promise', async () => {
    const work = (): Promise<void> => {
      throw new Error('at once');
    };
    await expect(forEachConcurrently([1, 2], 2, work)).rejects.toThrow('at once');
  });

  it('closes the source, whether it was read to its end or not', async () => {
    let closed = 0;
    async function* source() {
      try {
        yield* numbers(3);
      } finally {
        closed++;
      }
    }
    await forEachConcurrently(source(), 2, async () => {});
    const failing = forEachConcurrently(source(), 2, () => Promise.reject(new Error('first')));
    await expect(failing).rejects.toThrow('first');
    expect(closed).toBe(2);
  });

  it('waits for what is under way when the source fails, too', async () => {
    let ended = 0;
    async function* source() {
      yield* numbers(2);
      throw new Error('source');
    }
    const all = forEachConcurrently(source(), 3, async () => {
      await new Promise(setImmediate);
      ended++;
    });
    await expect(all).rejects.toThrow('source');
    expect(ended).toBe(2);
  });

  it('begins nothing after an error, also where the source had been asked already', async () => {
    const asked = Promise.withResolvers<void>();
    async function* source() {
      yield 0;
      await asked.promise;
      yield 1;
    }
    const seen: number[] = [];
    const all = forEachConcurrently(source(), 2, async (n) => {
      seen.push(n);
      await new Promise(setImmediate);
      asked.resolve();
      throw new Error('first');
    });
    await expect(all).rejects.toThrow('first');
    expect(seen).toEqual([0]);
  });

  it('takes what is at hand already as well', async () => {
    const seen: number[] = [];
    await forEachConcurrently([1, 2, 3], 2, async (n) => {
      seen.push(n);
    });
    expect(seen).toEqual([1, 2, 3]);
  });
});
