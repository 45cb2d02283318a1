import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { leasedQueue, pendingQueue, shards, toItem, toRequest, unversioned } from '../../aws/request-item.ts';
import type { PredictionRequest } from '../../core/request.ts';

const id = `${'a'.repeat(55)}6`;
const time = fc.integer({ min: 1, max: 4_000_000_000_000 });
const failure = { code: 'provider_failed', message: 'The provider went away.' };
const lastAttempt = { startedAt: 5, failure };
const outcome = { predictions: [['n02124075', 'Egyptian_cat', 0.75]], weights: 'official', provider: '0xp' } as const;
const base = { id, model: 'vgg16', createdAt: 1000, attempts: 1, version: 3 } as const;

const examples = {
  uploading: { ...base, status: 'uploading', uploadUntil: 2000 },
  pending: { ...base, status: 'pending' },
  "a sender's": { ...base, status: 'pending', sender: 'a friend' },
  'pending again': { ...base, status: 'pending', lastAttempt },
  running: { ...base, status: 'running', startedAt: 1500, lease: { owner: 'run', until: 2500 } },
  'running again': { ...base, status: 'running', startedAt: 1500, lease: { owner: 'run', until: 2500 }, lastAttempt },
  done: { ...base, status: 'done', startedAt: 1500, completedAt: 1600, outcome },
  failed: { ...base, status: 'failed', startedAt: 1500, completedAt: 1600, failure },
  'failed before any run': { ...base, status: 'failed', completedAt: 1600, failure },
  erased: { ...base, status: 'erased', erasedAt: 1700, cleared: false },
} satisfies Record<string, PredictionRequest>;

describe('an item of the table', () => {
  test.each(Object.entries(examples))('holds all of a request that is %s, and no empty attribute', (_, request) => {
    const item = toItem(request, 30);
    expect(toRequest(item)).toStrictEqual(request);
    expect(Object.values(item)).not.toContain(undefined);
  });

  it('is in the queue of its work by id, and under the time when that is due', () => {
    expect(toItem(examples.pending, 30)).toMatchObject({ queue: 'vgg16#2', due: 1000 });
    expect(toItem(examples.running, 30)).toMatchObject({ queue: 'leased#2', due: 2500 });
    for (const status of ['uploading', 'done', 'failed', 'erased'] as const) {
      const item = toItem(examples[status], 30);
      expect(item).not.toHaveProperty('queue');
      expect(item).not.toHaveProperty('due');
    }
  });

  it('is spread over four queues by its last digit', () => {
    const queues = [...'0123456789abcdef'].map((digit) => {
      return toItem({ ...examples.pending, id: `${'a'.repeat(55)}${digit}` }, 30).queue;
    });
    expect(shards).toEqual([0, 1, 2, 3]);
    expect(queues.slice(0, 5)).toEqual([...shards, 0].map((shard) => pendingQueue('vgg16', shard)));
    for (const shard of shards) expect(queues.filter((queue) => queue === `vgg16#${shard}`)).toHaveLength(4);
    expect(leasedQueue(3)).toBe('leased#3');
  });

  it('may be removed so many days after its request has ended, never before, and is kept until then', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 365 }), (at, days) => {
        const soonest = (request: PredictionRequest) => (toItem(request, days).expires_at ?? 0) * 1000 - at;
        const within = (ms: number, kept: number) => {
          expect(ms).toBeGreaterThanOrEqual(kept * 86_400_000);
          expect(ms).toBeLessThan(kept * 86_400_000 + 1000);
        };
        within(soonest({ ...examples.uploading, uploadUntil: at }), days);
        within(soonest({ ...examples.done, completedAt: at }), days);
        within(soonest({ ...examples.failed, completedAt: at }), days);
        within(soonest({ ...examples.erased, erasedAt: at }), 2);
      }),
    );
    for (const status of ['pending', 'running'] as const) {
      expect(toItem(examples[status], 30)).not.toHaveProperty('expires_at');
    }
  });

  it('that was written before there were versions has none', () => {
    const { version: _, ...item } = toItem(examples.pending, 30);
    expect(toRequest(item)).toEqual({ ...examples.pending, version: unversioned });
  });

  test.each([
    ['uploading', 'upload_until'],
    ['running', 'started_at'],
    ['running', 'lease_owner'],
    ['running', 'lease_until'],
    ['done', 'started_at'],
    ['done', 'completed_at'],
    ['done', 'outcome'],
    ['failed', 'completed_at'],
    ['failed', 'failure'],
    ['erased', 'erased_at'],
    ['erased', 'cleared'],
  ] as const)('that is %s is refused without its %s, and its id is not told', (status, attribute) => {
    const refusal = new TypeError(`The ${status} request aaaaaaaa… has no ${attribute}.`);
    const { [attribute]: _, ...item } = toItem(examples[status], 30);
    expect(() => toRequest(item)).toThrow(refusal);
    expect(() => toRequest({ ...item, [attribute]: null })).toThrow(refusal);
  });
});
