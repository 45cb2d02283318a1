import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newRequest, type PendingRequest } from '../../core/request.ts';
import { inTurns } from '../../core/turns.ts';
import { newId } from '../support/ids.ts';

const start = 1_790_000_000_000;

async function* stream<T>(elements: readonly T[]): AsyncGenerator<T> {
  yield* elements;
}

async function ordered(requests: readonly PendingRequest[]): Promise<PendingRequest[]> {
  const all: PendingRequest[] = [];
  for await (const request of inTurns(stream(requests))) all.push(request);
  return all;
}

/** One request per letter, each a second younger than the one before; its sender is the letter. */
const from = (letters: string) => [...letters].map((sender, i) => newRequest(newId(), 'starter', start + i, sender));

it.each([
  ['aaaab', 'abaaa'],
  ['aabbc', 'abcab'],
  ['abab', 'abab'],
  ['', ''],
])('requests of %s are worked on as %s', async (sent, expected) => {
  expect((await ordered(from(sent))).map(({ sender }) => sender).join('')).toBe(expected);
});

it('without senders, the oldest comes first', async () => {
  const requests = [0, 1, 2].map((i) => newRequest(newId(), 'starter', start + i));
  expect(await ordered(requests)).toEqual(requests);
});

it('begins anew after 5,000 requests, of which none is held back', async () => {
  const requests = from(`${'a'.repeat(5000)}b`);
  expect(await ordered(requests)).toEqual(requests);
});

it('gives each request once, and each sender its own in the order of their age', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 }), async (letters) => {
      const requests = from(letters);
      const result = await ordered(requests);
      expect(new Set(result)).toEqual(new Set(requests));
      for (const sender of 'abc') {
        const own = (all: readonly PendingRequest[]) => all.filter((request) => request.sender === sender);
        expect(own(result)).toEqual(own(requests));
      }
    }),
  );
});

it('one comes within as many requests as there are senders, behind thousands of another sender', async () => {
  const flood = from('a'.repeat(4999));
  const one = newRequest(newId(), 'starter', start + 9999, 'b');
  expect((await ordered([...flood, one])).indexOf(one)).toBe(1);
});

it('holds no more than its window', async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<PendingRequest> {
    for (;;) {
      read++;
      yield newRequest(newId(), 'starter', start, 'a');
    }
  }
  for await (const _ of inTurns(endless())) break;
  expect(read).toBe(5000);
});
