import { describe, expect, it } from 'vitest';
import {
  claim,
  complete,
  fail,
  newRequest,
  newUpload,
  type RunningRequest,
  type VisibleRequest,
} from '../../core/request.ts';
import { waitOf } from '../../core/wait.ts';
import { MemoryRows, MemoryRunHistory } from '../support/memory.ts';

const start = 1_790_000_000_000;
const id = 'a'.repeat(56);
const pending = newRequest(id, 'starter', start);
const running = claim(pending, { owner: 'run', until: start + 1 }, start) as RunningRequest;
const expected = { nextRunAt: start + 600_000, typicalSeconds: undefined };
const outcome = { predictions: [], weights: 'official', provider: '0xp' } as const;

const unreadable = (error: unknown) => {
  throw error;
};

describe('the wait of a request', () => {
  it('is its place behind the older ones of its model, when no run has ever begun', async () => {
    const { wait } = await setUp();
    expect(await wait(pending)).toEqual({ position: 3 });
  });

  it('has a next run and a typical time as soon as they are known', async () => {
    const { wait, history } = await setUp();
    await history.began(start - 60_000, 600_000);
    expect(await wait(pending)).toEqual({ position: 3, nextRunAt: start + 540_000, typicalSeconds: undefined });
    await history.took({ starter: [3, 5, 4], vgg16: [99, 99, 99] });
    expect(await wait(pending)).toEqual({ position: 3, nextRunAt: start + 540_000, typicalSeconds: 4 });
  });

  it('has no place when too many are older', async () => {
    const { services } = await setUp();
    const rows = { ahead: async () => undefined };
    expect(await waitOf({ ...services, rows }, pending, unreadable)).toEqual({ position: undefined });
  });

  it('is over, but for the time it takes, when a run works on it', async () => {
    const { services, history } = await setUp();
    await history.began(start, 600_000);
    await history.took({ starter: [3, 5, 4] });
    const rows = { ahead: () => Promise.reject(new Error('counted')) };
    expect(await waitOf({ ...services, rows }, running, unreadable)).toEqual({
      ...{ position: 0, nextRunAt: start + 600_000, typicalSeconds: 4 },
    });
  });

  it.each([
    ['its place', { rows: { ahead: () => Promise.reject(new Error('away')) } }, { position: undefined, ...expected }],
    ['what is to come', { history: { get: () => Promise.reject(new Error('away')) } }, { position: 3 }],
  ])('is told without %s when that cannot be read, which is reported', async (_, broken, told) => {
    const { services, history } = await setUp();
    await history.began(start, 600_000);
    const errors: unknown[] = [];
    expect(await waitOf({ ...services, ...broken }, pending, (error) => errors.push(error))).toEqual(told);
    expect(errors).toEqual([new Error('away')]);
  });

  it.each([
    ['waits for its image', newUpload(id, 'starter', start)],
    ['is done', complete(running, 'run', outcome, start)],
    ['has failed', fail(running, 'run', { code: 'x', message: 'x' }, start)],
  ])('is nothing when it %s, and nothing is read', async (_, request) => {
    const { services } = await setUp();
    const history = { get: () => Promise.reject(new Error('read')) };
    expect(await waitOf({ ...services, history }, request as VisibleRequest, unreadable)).toBeUndefined();
  });
});

async function setUp() {
  const rows = new MemoryRows();
  for (const [n, age] of [2, 1, 0, -1].entries()) await rows.add(newRequest(`${n}`, 'starter', start - age));
  await rows.add(newRequest('other', 'vgg16', start - 1));
  const history = new MemoryRunHistory();
  const services = { rows, history, clock: () => start };
  return { services, history, wait: (request: VisibleRequest) => waitOf(services, request, unreadable) };
}
