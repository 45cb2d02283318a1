import { expect, it } from 'vitest';
import { leaseRanOut, newRequest } from '../../../core/request.ts';
import { newId } from '../../support/ids.ts';
import { collect, failure, type Given, outcome, start } from './given.ts';

/** Claims, and who may end a request how. */
export function leaseTests(given: Given): void {
  it('takes a claimed request out of the pending ones', async () => {
    const { id } = await given.add('vgg19');
    const lease = { owner: 'run-a', until: start + 10 };
    expect(await given.rows.claim(id, lease, start + 1)).toEqual({
      ...newRequest(id, 'vgg19', start),
      status: 'running',
      attempts: 1,
      startedAt: start + 1,
      lease,
    });
    expect(await collect(given.rows.pending('vgg19'))).toEqual([]);
  });

  it('lets one of many runs claim a request', async () => {
    const { id } = await given.add();
    const claims = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((owner) => given.rows.claim(id, { owner, until: start + 10 }, start)),
    );
    const [winner, ...others] = claims.filter((claimed) => claimed !== undefined);
    expect(others).toEqual([]);
    expect((await given.rows.get(id))?.lease).toEqual(winner?.lease);
  });

  it('holds a claim that is made twice, and counts it once', async () => {
    const { id } = await given.add();
    const lease = { owner: 'run-a', until: start + 10 };
    const first = await given.rows.claim(id, lease, start);
    expect(await given.rows.claim(id, lease, start)).toEqual(first);
    expect(first?.attempts).toBe(1);
  });

  it('lets another run claim once the lease has run out, and drops the late answer', async () => {
    const id = await given.running('run-a');
    expect(await given.rows.claim(id, { owner: 'run-b', until: start + 99 }, start + 10)).toBeUndefined();
    expect((await given.rows.claim(id, { owner: 'run-b', until: start + 99 }, start + 11))?.attempts).toBe(2);
    expect(await given.rows.complete(id, 'run-a', outcome, start + 12)).toBe(false);
    expect(await given.rows.complete(id, 'run-b', outcome, start + 13)).toBe(true);
  });

  it('completes once, even after the lease has run out when nobody else took the request', async () => {
    const id = await given.running();
    expect(await given.rows.complete(id, 'run-a', outcome, start + 20)).toBe(true);
    expect(await given.rows.complete(id, 'run-a', outcome, start + 21)).toBe(false);
    const done = await given.rows.get(id);
    expect(done).toMatchObject({ status: 'done', outcome, completedAt: start + 20, attempts: 1 });
    expect(done).not.toHaveProperty('lease');
  });

  it('puts a failed attempt back in its place in the queue, with the reason', async () => {
    const younger = await given.add('nasnet_mobile', start + 1);
    const older = await given.add('nasnet_mobile', start);
    await given.rows.claim(older.id, { owner: 'run-a', until: start + 10 }, start);
    expect(await given.rows.retry(older.id, 'run-a', failure, start + 2)).toBe(true);
    expect((await collect(given.rows.pending('nasnet_mobile'))).map(({ id }) => id)).toEqual([older.id, younger.id]);
    expect(await given.rows.get(older.id)).toMatchObject({ status: 'pending', attempts: 1, failure });
  });

  it('fails a request whose last attempt failed', async () => {
    const id = await given.running('run-a', 3);
    expect(await given.rows.retry(id, 'run-a', failure, start + 5)).toBe(true);
    expect(await given.rows.get(id)).toMatchObject({ status: 'failed', attempts: 3, failure, completedAt: start + 5 });
  });

  it('does not count an attempt that was handed back', async () => {
    const id = await given.running();
    expect(await given.rows.release(id, 'run-b')).toBe(false);
    expect(await given.rows.release(id, 'run-a')).toBe(true);
    expect(await given.rows.get(id)).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it('lists overdue requests and recovers them', async () => {
    const id = await given.running();
    const overdueIds = async (now: number) => (await collect(given.rows.expired(now))).map((row) => row.id);
    expect(await overdueIds(start + 10)).not.toContain(id);
    expect(await overdueIds(start + 11)).toContain(id);
    expect(await given.rows.recover(id, start + 10)).toBe(false);
    expect(await given.rows.recover(id, start + 11)).toBe(true);
    expect(await given.rows.get(id)).toMatchObject({ status: 'pending', failure: leaseRanOut });
    expect(await overdueIds(start + 11)).not.toContain(id);
  });

  it('fails an overdue request that had its last attempt', async () => {
    const id = await given.running('run-a', 3);
    expect(await given.rows.recover(id, start + 11)).toBe(true);
    expect(await given.rows.get(id)).toMatchObject({ status: 'failed', failure: leaseRanOut });
  });

  it('changes nothing for whoever does not hold the lease', async () => {
    const id = await given.running('run-a');
    const before = await given.rows.get(id);
    expect(await given.rows.complete(id, 'run-b', outcome, start)).toBe(false);
    expect(await given.rows.fail(id, 'run-b', failure, start)).toBe(false);
    expect(await given.rows.retry(id, 'run-b', failure, start)).toBe(false);
    expect(await given.rows.get(id)).toEqual(before);
    expect(await given.rows.complete(newId(), 'run-a', outcome, start)).toBe(false);
  });
}
