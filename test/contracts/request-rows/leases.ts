import { expect, it } from 'vitest';
import { leaseExpired, newRequest, type PendingRequest } from '../../../core/request.ts';
import { newId } from '../../support/ids.ts';
import { collect, failure, type Given, outcome, start } from './given.ts';

/** Claims, and who may end a request how. */
export function leaseTests(given: Given): void {
  it('takes a claimed request out of the pending ones', async () => {
    const { id } = await given.add('vgg19');
    const lease = { owner: 'run-a', until: start + 10 };
    expect(await given.steps.claim(id, lease, start + 1)).toEqual({
      ...newRequest(id, 'vgg19', start),
      status: 'running',
      attempts: 1,
      version: 2,
      startedAt: start + 1,
      lease,
    });
    expect(await collect(given.rows.pending('vgg19'))).toEqual([]);
  });

  it('lets one of many runs claim a request', async () => {
    const { id } = await given.add();
    const claims = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((owner) => given.steps.claim(id, { owner, until: start + 10 }, start)),
    );
    const [winner, ...others] = claims.filter((claimed) => claimed !== undefined);
    expect(others).toEqual([]);
    expect(await given.rows.get(id)).toEqual(winner);
  });

  it('lets another run claim once the lease has run out, and drops the late answer', async () => {
    const id = await given.running('run-a');
    expect(await given.steps.claim(id, { owner: 'run-b', until: start + 99 }, start + 10)).toBeUndefined();
    expect((await given.steps.claim(id, { owner: 'run-b', until: start + 99 }, start + 11))?.attempts).toBe(2);
    expect(await given.steps.complete(id, 'run-a', outcome, start + 12)).toBeUndefined();
    expect(await given.steps.complete(id, 'run-b', outcome, start + 13)).toBeDefined();
  });

  it('completes once, even after the lease has run out when nobody else took the request', async () => {
    const id = await given.running();
    expect(await given.steps.complete(id, 'run-a', outcome, start + 20)).toBeDefined();
    expect(await given.steps.complete(id, 'run-a', outcome, start + 21)).toBeUndefined();
    const done = await given.rows.get(id);
    expect(done).toMatchObject({ status: 'done', outcome, completedAt: start + 20, attempts: 1 });
    expect(done).not.toHaveProperty('lease');
  });

  it('puts a failed attempt back in its place in the queue, with the reason', async () => {
    const younger = await given.add('nasnet_mobile', start + 1);
    const older = await given.add('nasnet_mobile', start);
    await given.steps.claim(older.id, { owner: 'run-a', until: start + 10 }, start);
    expect(await given.steps.retry(older.id, 'run-a', failure, start + 2)).toBeDefined();
    expect((await collect(given.rows.pending('nasnet_mobile'))).map(({ id }) => id)).toEqual([older.id, younger.id]);
    expect(await given.rows.get(older.id)).toMatchObject({
      status: 'pending',
      attempts: 1,
      lastAttempt: { startedAt: start, failure },
    });
  });

  it('fails a request whose last attempt failed', async () => {
    const id = await given.running('run-a', 3);
    expect(await given.steps.retry(id, 'run-a', failure, start + 5)).toBeDefined();
    expect(await given.rows.get(id)).toMatchObject({ status: 'failed', attempts: 3, failure, completedAt: start + 5 });
  });

  it('leaves no trace of a claim that was handed back', async () => {
    const id = await given.running('run-a', 2);
    expect(await given.steps.release(id, 'run-b')).toBeUndefined();
    expect(await given.steps.release(id, 'run-a')).toBeDefined();
    const { version, ...released } = (await given.rows.get(id)) as PendingRequest;
    const lastAttempt = { startedAt: start, failure };
    expect(released).toEqual({ ...withoutVersion(newRequest(id, 'starter', start)), attempts: 1, lastAttempt });
    expect(version).toBe(5);
  });

  it('lists overdue requests and recovers them', async () => {
    const id = await given.running();
    const overdueIds = async (now: number) => (await collect(given.rows.expired(now))).map((row) => row.id);
    expect(await overdueIds(start + 10)).not.toContain(id);
    expect(await overdueIds(start + 11)).toContain(id);
    expect(await given.steps.recover(id, start + 10)).toBeUndefined();
    expect(await given.steps.recover(id, start + 11)).toBeDefined();
    expect(await given.rows.get(id)).toMatchObject({ status: 'pending', lastAttempt: { failure: leaseExpired } });
    expect(await overdueIds(start + 11)).not.toContain(id);
  });

  it('lists the longest overdue first', async () => {
    const untils = [4, 1, 3, 9, 2, 8, 6, 7, 5, 0].map((ms) => start - 100 + ms);
    for (const until of untils) {
      const { id } = await given.add();
      await given.steps.claim(id, { owner: 'run-a', until }, start - 200);
    }
    const listed = (await collect(given.rows.expired(start - 90))).map((row) => row.lease.until);
    expect(listed).toEqual(untils.toSorted((a, b) => a - b));
  });

  it('fails an overdue request that had its last attempt', async () => {
    const id = await given.running('run-a', 3);
    expect(await given.steps.recover(id, start + 11)).toBeDefined();
    expect(await given.rows.get(id)).toMatchObject({ status: 'failed', failure: leaseExpired });
  });

  it('changes nothing for whoever does not hold the lease', async () => {
    const id = await given.running('run-a');
    const before = await given.rows.get(id);
    expect(await given.steps.complete(id, 'run-b', outcome, start)).toBeUndefined();
    expect(await given.steps.fail(id, 'run-b', failure, start)).toBeUndefined();
    expect(await given.steps.retry(id, 'run-b', failure, start)).toBeUndefined();
    expect(await given.rows.get(id)).toEqual(before);
    expect(await given.steps.complete(newId(), 'run-a', outcome, start)).toBeUndefined();
  });
}

function withoutVersion({ version: _, ...rest }: PendingRequest) {
  return rest;
}
