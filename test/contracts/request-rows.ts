import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelId } from '../../core/catalogue.ts';
import type { RequestRows } from '../../core/ports.ts';
import {
  type Failure,
  leaseRanOut,
  newRequest,
  newUpload,
  type Outcome,
  type PredictionRequest,
  uploadMs,
} from '../../core/request.ts';
import type { Backend } from '../support/backends.ts';
import { newId } from '../support/ids.ts';
import { MemoryRows } from '../support/memory.ts';

const outcome: Outcome = { predictions: [['n02124075', 'Egyptian_cat', 0.75]], weights: 'official', provider: '0xp' };
const failure: Failure = { code: 'provider_failed', message: 'The provider went away.' };
const start = 1_790_000_000_000;

/** What every implementation of RequestRows must do. */
export function requestRowsContract(name: string, backend: () => Promise<Backend<RequestRows>>): void {
  describe(`${name} as RequestRows`, () => {
    let source: Backend<RequestRows>;
    let rows: RequestRows;

    beforeAll(async () => {
      source = await backend();
      rows = await source.open();
    }, 60_000);
    afterAll(() => source?.close());

    const add = async (model: ModelId = 'starter', at = start) => {
      const request = newRequest(newId(), model, at);
      await rows.add(request);
      return request;
    };
    const running = async (owner = 'run-a', attempts = 1) => {
      const { id } = await add();
      for (let attempt = 1; attempt < attempts; attempt++) {
        await rows.claim(id, { owner, until: start + 10 }, start);
        await rows.retry(id, owner, failure, start);
      }
      await rows.claim(id, { owner, until: start + 10 }, start);
      return id;
    };

    it('gives back what was added', async () => {
      const request = await add();
      expect(await rows.get(request.id)).toEqual(request);
    });

    it('gives nothing for an unknown id', async () => {
      expect(await rows.get(newId())).toBeUndefined();
    });

    it('does not add over an existing request', async () => {
      const request = await add('vgg16');
      expect(await rows.add(newRequest(request.id, 'starter', start + 1))).toBe(false);
      expect(await rows.get(request.id)).toEqual(request);
    });

    it('lists pending requests of one model, oldest first, over many pages', async () => {
      const ages = Array.from({ length: 300 }, (_, i) => (i * 7919) % 300);
      await Promise.all(ages.map((age) => add('resnet50', start + age)));
      await add('resnet101');
      const listed = await collect(rows.pending('resnet50'));
      expect(listed.map(({ createdAt }) => createdAt - start)).toEqual(ages.sort((a, b) => a - b));
      expect(new Set(listed.map(({ id }) => id)).size).toBe(300);
    });

    it('stops listing when the reader stops', async () => {
      await add('densenet201');
      await add('densenet201');
      const seen: string[] = [];
      for await (const { id } of rows.pending('densenet201')) {
        seen.push(id);
        break;
      }
      expect(seen).toHaveLength(1);
    });

    it('counts the older pending requests of the same model', async () => {
      const ages = [5, 0, 3, 3, 9];
      const requests = await Promise.all(ages.map((age) => add('resnet152', start + age)));
      await add('resnet101v2', start);
      expect(await Promise.all(requests.map((request) => rows.ahead(request)))).toEqual([3, 0, 1, 1, 4]);
      const [, oldest, , , youngest] = requests as [unknown, PredictionRequest, unknown, unknown, PredictionRequest];
      await rows.claim(oldest.id, { owner: 'run-a', until: start + 10 }, start);
      expect(await rows.ahead(youngest)).toBe(3);
    });

    it('gives up counting where there are too many', async () => {
      await Promise.all(Array.from({ length: 1300 }, () => add('resnet50v2', start)));
      expect(await rows.ahead(await add('resnet50v2', start + 1))).toBeUndefined();
    });

    it('takes a claimed request out of the pending ones', async () => {
      const { id } = await add('vgg19');
      const lease = { owner: 'run-a', until: start + 10 };
      expect(await rows.claim(id, lease, start + 1)).toEqual({
        ...newRequest(id, 'vgg19', start),
        status: 'running',
        attempts: 1,
        startedAt: start + 1,
        lease,
      });
      expect(await collect(rows.pending('vgg19'))).toEqual([]);
    });

    it('lets one of many runs claim a request', async () => {
      const { id } = await add();
      const claims = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((owner) => rows.claim(id, { owner, until: start + 10 }, start)),
      );
      const [winner, ...others] = claims.filter((claimed) => claimed !== undefined);
      expect(others).toEqual([]);
      expect((await rows.get(id))?.lease).toEqual(winner?.lease);
    });

    it('holds a claim that is made twice, and counts it once', async () => {
      const { id } = await add();
      const lease = { owner: 'run-a', until: start + 10 };
      const first = await rows.claim(id, lease, start);
      expect(await rows.claim(id, lease, start)).toEqual(first);
      expect(first?.attempts).toBe(1);
    });

    it('lets another run claim once the lease has run out, and drops the late answer', async () => {
      const id = await running('run-a');
      expect(await rows.claim(id, { owner: 'run-b', until: start + 99 }, start + 10)).toBeUndefined();
      expect((await rows.claim(id, { owner: 'run-b', until: start + 99 }, start + 11))?.attempts).toBe(2);
      expect(await rows.complete(id, 'run-a', outcome, start + 12)).toBe(false);
      expect(await rows.complete(id, 'run-b', outcome, start + 13)).toBe(true);
    });

    it('completes once, even after the lease has run out when nobody else took the request', async () => {
      const id = await running();
      expect(await rows.complete(id, 'run-a', outcome, start + 20)).toBe(true);
      expect(await rows.complete(id, 'run-a', outcome, start + 21)).toBe(false);
      const done = await rows.get(id);
      expect(done).toMatchObject({ status: 'done', outcome, completedAt: start + 20, attempts: 1 });
      expect(done).not.toHaveProperty('lease');
    });

    it('puts a failed attempt back in its place in the queue, with the reason', async () => {
      const younger = await add('nasnet_mobile', start + 1);
      const older = await add('nasnet_mobile', start);
      await rows.claim(older.id, { owner: 'run-a', until: start + 10 }, start);
      expect(await rows.retry(older.id, 'run-a', failure, start + 2)).toBe(true);
      expect((await collect(rows.pending('nasnet_mobile'))).map(({ id }) => id)).toEqual([older.id, younger.id]);
      expect(await rows.get(older.id)).toMatchObject({ status: 'pending', attempts: 1, failure });
    });

    it('fails a request whose last attempt failed', async () => {
      const id = await running('run-a', 3);
      expect(await rows.retry(id, 'run-a', failure, start + 5)).toBe(true);
      expect(await rows.get(id)).toMatchObject({ status: 'failed', attempts: 3, failure, completedAt: start + 5 });
    });

    it('does not count an attempt that was handed back', async () => {
      const id = await running();
      expect(await rows.release(id, 'run-b')).toBe(false);
      expect(await rows.release(id, 'run-a')).toBe(true);
      expect(await rows.get(id)).toMatchObject({ status: 'pending', attempts: 0 });
    });

    it('lists overdue requests and recovers them', async () => {
      const id = await running();
      const overdueIds = async (now: number) => (await collect(rows.expired(now))).map((row) => row.id);
      expect(await overdueIds(start + 10)).not.toContain(id);
      expect(await overdueIds(start + 11)).toContain(id);
      expect(await rows.recover(id, start + 10)).toBe(false);
      expect(await rows.recover(id, start + 11)).toBe(true);
      expect(await rows.get(id)).toMatchObject({ status: 'pending', failure: leaseRanOut });
      expect(await overdueIds(start + 11)).not.toContain(id);
    });

    it('fails an overdue request that had its last attempt', async () => {
      const id = await running('run-a', 3);
      expect(await rows.recover(id, start + 11)).toBe(true);
      expect(await rows.get(id)).toMatchObject({ status: 'failed', failure: leaseRanOut });
    });

    it('changes nothing for whoever does not hold the lease', async () => {
      const id = await running('run-a');
      const before = await rows.get(id);
      expect(await rows.complete(id, 'run-b', outcome, start)).toBe(false);
      expect(await rows.fail(id, 'run-b', failure, start)).toBe(false);
      expect(await rows.retry(id, 'run-b', failure, start)).toBe(false);
      expect(await rows.get(id)).toEqual(before);
      expect(await rows.complete(newId(), 'run-a', outcome, start)).toBe(false);
    });

    it('keeps a request that waits for its image out of every queue', async () => {
      const upload = newUpload(newId(), 'inception_v3', start);
      expect(await rows.add(upload)).toBe(true);
      expect(await rows.get(upload.id)).toEqual(upload);
      expect(await collect(rows.pending('inception_v3'))).toEqual([]);
      expect(await rows.claim(upload.id, { owner: 'run-a', until: start + 10 }, start)).toBeUndefined();
    });

    it('queues a request by its age once its image is there, and only once', async () => {
      const upload = newUpload(newId(), 'inception_resnet_v2', start);
      await rows.add(upload);
      const younger = await add('inception_resnet_v2', start + 1);
      expect(await rows.uploaded(upload.id, start + uploadMs)).toBe(true);
      expect(await rows.uploaded(upload.id, start + uploadMs)).toBe(false);
      const pending = newRequest(upload.id, 'inception_resnet_v2', start);
      expect(await rows.get(upload.id)).toEqual(pending);
      expect(await collect(rows.pending('inception_resnet_v2'))).toEqual([pending, younger]);
    });

    it('refuses an image that comes too late', async () => {
      const upload = newUpload(newId(), 'starter', start);
      await rows.add(upload);
      expect(await rows.uploaded(upload.id, start + uploadMs + 1)).toBe(false);
      expect(await rows.get(upload.id)).toEqual(upload);
    });

    it('fails a request whose image is of no use, and nothing but such a one', async () => {
      const { id } = newUpload(newId(), 'starter', start);
      await rows.add(newUpload(id, 'starter', start));
      expect(await rows.failUpload(id, failure, start + 5)).toBe(true);
      expect(await rows.failUpload(id, failure, start + 6)).toBe(false);
      const failed = { ...newRequest(id, 'starter', start), status: 'failed', failure, completedAt: start + 5 };
      expect(await rows.get(id)).toEqual(failed);
      expect(await rows.uploaded(id, start + 6)).toBe(false);
      const pending = await add();
      expect(await rows.failUpload(pending.id, failure, start)).toBe(false);
      expect(await rows.failUpload(newId(), failure, start)).toBe(false);
    });

    it('erases a request that waits, so that no run takes it', async () => {
      const { id } = await add('densenet169');
      expect(await rows.erase(id)).toBe(true);
      expect(await rows.erase(id)).toBe(false);
      expect(await rows.get(id)).toBeUndefined();
      expect(await collect(rows.pending('densenet169'))).toEqual([]);
      expect(await rows.claim(id, { owner: 'run-a', until: start + 10 }, start)).toBeUndefined();
    });

    it('erases a request that is worked on, and its answer is dropped', async () => {
      const id = await running('run-a');
      expect(await rows.erase(id)).toBe(true);
      expect(await rows.complete(id, 'run-a', outcome, start)).toBe(false);
      expect(await rows.retry(id, 'run-a', failure, start)).toBe(false);
      expect(await rows.release(id, 'run-a')).toBe(false);
      expect(await rows.get(id)).toBeUndefined();
      expect((await collect(rows.expired(start + 99))).map((row) => row.id)).not.toContain(id);
    });

    it('does what request.ts says, whatever happens to a request', async () => {
      await fc.assert(
        fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 12 }), async (isUpload, steps) => {
          const model = new MemoryRows();
          const request = (isUpload ? newUpload : newRequest)(newId(), 'xception', start);
          await rows.add(request);
          await model.add(request);
          for (const [index, { action, owner, pause }] of steps.entries()) {
            const now = start + index * 10 + pause;
            const apply = actions[action];
            expect(await apply(rows, request.id, owner, now)).toEqual(await apply(model, request.id, owner, now));
            expect(await rows.get(request.id)).toEqual(await model.get(request.id));
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}

type Action = (rows: RequestRows, id: string, owner: string, now: number) => Promise<unknown>;

const actions = {
  claim: (rows, id, owner, now) => rows.claim(id, { owner, until: now + 15 }, now),
  complete: (rows, id, owner, now) => rows.complete(id, owner, outcome, now),
  fail: (rows, id, owner, now) => rows.fail(id, owner, failure, now),
  retry: (rows, id, owner, now) => rows.retry(id, owner, failure, now),
  release: (rows, id, owner) => rows.release(id, owner),
  recover: (rows, id, _owner, now) => rows.recover(id, now),
  uploaded: (rows, id, _owner, now) => rows.uploaded(id, now),
  failUpload: (rows, id, _owner, now) => rows.failUpload(id, failure, now),
  erase: (rows, id) => rows.erase(id),
} satisfies Record<string, Action>;

const step = fc.record({
  // Claims are as likely as all else together, so that most sequences get somewhere.
  action: fc.oneof(
    fc.constant('claim' as const),
    fc.constantFrom(
      'complete',
      'fail',
      'retry',
      'retry',
      'release',
      'recover',
      'uploaded',
      'uploaded',
      'failUpload',
      'erase',
    ),
  ) as fc.Arbitrary<keyof typeof actions>,
  owner: fc.constantFrom('run-a', 'run-a', 'run-b'),
  pause: fc.constantFrom(0, 0, 30),
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const element of stream) all.push(element);
  return all;
}
