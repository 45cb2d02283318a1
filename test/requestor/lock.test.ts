import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunLock } from '../../core/run-lock.ts';
import { holdLock, holdMs, renewMs } from '../../requestor/lock/hold.ts';
import { tempDir } from '../support/temp-dir.ts';

test('holds the lock, renews it in time, and releases it on the signal', async () => {
  const { lock, calls, hold, file } = await setUp();
  lock.during = [() => true, () => true, () => true];
  expect(await hold(2)).toBe('released');
  expect(calls).toEqual([`hold ${holdMs}`, `hold ${renewMs + holdMs}`, `hold ${2 * renewMs + holdMs}`, 'release']);
  expect(existsSync(file)).toBe(false);
});

test('the file is there as long as the lock is held', async () => {
  const { lock, hold, file } = await setUp();
  const seen: boolean[] = [];
  lock.during = [() => seen.push(existsSync(file)) > 0, () => seen.push(existsSync(file)) > 0];
  await hold(1);
  expect(seen).toEqual([false, true]);
});

test('steps aside when another run has it', async () => {
  const { lock, calls, hold, file } = await setUp();
  lock.during = [() => false];
  expect(await hold(1)).toBe('taken');
  expect(calls).toEqual([`hold ${holdMs}`]);
  expect(existsSync(file)).toBe(false);
});

test('ends when another run has taken it', async () => {
  const { lock, hold, file } = await setUp();
  lock.during = [() => true, () => false];
  expect(await hold(5)).toBe('lost');
  expect(existsSync(file)).toBe(false);
});

test('bears failures of the table as long as the hold lasts, and no longer', async () => {
  const fail = () => {
    throw new Error('throttled');
  };
  const recovered = await setUp();
  recovered.lock.during = [() => true, fail, fail, () => true];
  expect(await recovered.hold(3)).toBe('released');

  const lost = await setUp();
  lost.lock.during = [() => true, fail, fail, fail, fail];
  expect(await lost.hold(9)).toBe('lost');
});

test('gives it up when it could not try again in time, and not a moment earlier', async () => {
  // The first renewal is tried after 20 s, and must have held by 70 s for another one to come before 90 s.
  const ends = [holdMs - 2 * renewMs - 1, holdMs - 2 * renewMs].map(async (ms) => {
    const { lock, hold, pass } = await setUp();
    const failAfter = () => {
      pass(ms);
      throw new Error('throttled');
    };
    lock.during = [() => true, failAfter];
    return hold(2);
  });
  expect(await Promise.all(ends)).toEqual(['released', 'lost']);
});

test('holds it for as long as it is renewed', async () => {
  const { hold, calls } = await setUp();
  expect(await hold(20)).toBe('released');
  expect(calls.at(-2)).toBe(`hold ${20 * renewMs + holdMs}`);
});

test('ends well when its file is gone', async () => {
  const { lock, hold, file } = await setUp();
  lock.during = [() => true, () => rmSync(file) === undefined];
  expect(await hold(1)).toBe('released');
});

test('stops waiting when told', { timeout: 2000 }, async () => {
  const { lock, file } = await setUp();
  const end = holdLock(lock, { owner: 'me', file, clock: Date.now, signal: AbortSignal.abort() });
  expect(await end).toBe('released');
});

/** A lock whose answers are given, and a clock that only waiting moves; after `rounds` waits its signal ends it. */
async function setUp() {
  const file = path.join(await tempDir(), 'held');
  const calls: string[] = [];
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  const lock: RunLock & { during: (() => boolean)[] } = {
    during: [],
    hold: async (_, __, until) => {
      calls.push(`hold ${until}`);
      return lock.during.shift()?.() ?? true;
    },
    release: async () => void calls.push('release'),
  };
  const hold = (rounds: number) => {
    let round = 0;
    const end = new AbortController();
    const wait = async (ms: number, signal: AbortSignal) => {
      if (round++ === rounds) end.abort();
      signal.throwIfAborted();
      pass(ms);
    };
    return holdLock(lock, { owner: 'me', file, clock: () => now, wait, signal: end.signal });
  };
  return { lock, calls, hold, file, pass };
}
