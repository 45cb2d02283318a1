import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSorted } from '../../core/merge.ts';

test('gives all elements in order; of equal ones, those of an earlier stream first', async () => {
  const streams = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 10 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(streams, async (all) => {
      const sorted = all.map((stream, i) => stream.toSorted((a, b) => a - b).map((at) => ({ at, stream: i })));
      const merged: unknown[] = [];
      for await (const element of mergeSorted(sorted.map(streamOf), ({ at }) => at)) merged.push(element);
      expect(merged).toEqual(sorted.flat().toSorted((a, b) => a.at - b.at));
    }),
  );
});

test('takes from a stream only when the element before has been given', async () => {
  let taken = 0;
  async function* endless() {
    for (;;) yield taken++;
  }
  const merged = mergeSorted([endless(), streamOf([100])], (at) => at);
  expect((await merged.next()).value).toBe(0);
  expect(taken).toBe(1);
});

test.each([
  ['its reader has enough', async (merged: AsyncGenerator<number>) => void (await merged.return(undefined))],
  ['a stream breaks', (merged: AsyncGenerator<number>) => expect(merged.next()).rejects.toThrow('broken')],
])('ends every stream when %s', async (_, end) => {
  const ended: string[] = [];
  async function* watched(name: string, before: () => void) {
    try {
      yield 1;
      before();
      yield 2;
    } finally {
      ended.push(name);
    }
  }
  const fail = () => {
    throw new Error('broken');
  };
  const merged = mergeSorted([watched('first', fail), watched('second', fail)], (at) => at);
  await merged.next();
  await end(merged);
  expect(ended.sort()).toEqual(['first', 'second']);
});

test('takes streams that need no end', async () => {
  let next = 0;
  const bare = {
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: next++ }) }),
  };
  const merged = mergeSorted([bare], (at) => at);
  await merged.next();
  expect(await merged.return(undefined)).toEqual({ done: true, value: undefined });
});

async function* streamOf<T>(elements: readonly T[]): AsyncGenerator<T> {
  yield* elements;
}
