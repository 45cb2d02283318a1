import { describe, expect, it } from 'vitest';
import { findRequest } from '../../core/find-request.ts';
import { erase, newRequest, newUpload, uploadMs } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { MemoryRows } from '../support/memory.ts';

const id = '0123456789abcdef'.repeat(4).slice(8);
const now = 1_790_000_000_000;

describe('finding a request', () => {
  it('finds it by its id, in either case', async () => {
    const { find, rows } = setUp();
    const request = newRequest(id, 'starter', now);
    await rows.add(request);
    expect(await find(id)).toEqual(request);
    expect(await find(id.toUpperCase())).toEqual(request);
  });

  it('finds it as it is now, though nobody has written that down', async () => {
    const { find, rows } = setUp();
    await rows.add(newUpload(id, 'starter', now - uploadMs - 1));
    expect(await find(id)).toMatchObject({ status: 'failed', failure: { code: 'upload_expired' } });
  });

  it('does not find one that was erased', async () => {
    const { find, rows } = setUp();
    const request = newRequest(id, 'starter', now);
    await rows.add(request);
    await takeStep(rows, request, (row) => erase(row, now));
    await expect(find(id)).rejects.toMatchObject({ code: 'unknown_request' });
  });

  it.each([
    ['too short', id.slice(1), 0],
    ['too long', `${id}0`, 0],
    ['with something before it', `x${id}`, 0],
    ['no hex', 'g'.repeat(56), 0],
    ['one that nobody was given', 'f'.repeat(56), 1],
  ])('refuses an id that is %s', async (_, wanted, lookups) => {
    const { find, asked } = setUp();
    await expect(find(wanted)).rejects.toMatchObject({
      ...{ fault: 'caller', code: 'unknown_request' },
      message: 'There is no request of this id, or its result is not kept any more.',
    });
    expect(asked).toHaveLength(lookups);
  });
});

function setUp() {
  const rows = new MemoryRows();
  const asked: string[] = [];
  const get = (wanted: string) => {
    asked.push(wanted);
    return rows.get(wanted);
  };
  return { rows, asked, find: (wanted: string) => findRequest({ rows: { get }, clock: () => now }, wanted) };
}
