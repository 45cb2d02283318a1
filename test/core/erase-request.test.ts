import { describe, expect, it } from 'vitest';
import { eraseRequest } from '../../core/erase-request.ts';
import { tensorKey, uploadKey } from '../../core/keys.ts';
import { claim, complete, newRequest, type PredictionRequest } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { MemoryObjects, MemoryRows } from '../support/memory.ts';

const start = 1_790_000_000_000;
const id = 'ab'.repeat(28);
const outcome = { predictions: [], weights: 'official', provider: '0xp' } as const;

describe('erasing a request', () => {
  it('leaves a mark, and nothing of what was stored for it', async () => {
    const { services, stored, objects } = await setUp();
    await eraseRequest(services, id.toUpperCase());
    expect(await stored()).toEqual({
      ...{ id, model: 'starter', createdAt: start, attempts: 0, version: 3 },
      ...{ status: 'erased', erasedAt: start + 5, cleared: true },
    });
    expect(objects.keys).toEqual([tensorKey('other')]);
  });

  it('erases the request as it is now, when it has changed since it was read', async () => {
    const { services, rows, stored } = await setUp();
    const get = async () => {
      const before = (await stored()) as PredictionRequest;
      const running = await takeStep(rows, before, (row) => claim(row, { owner: 'run', until: start + 9 }, start));
      await takeStep(rows, running as PredictionRequest, (row) => complete(row, 'run', outcome, start));
      return before;
    };
    await eraseRequest({ ...services, rows: { get, replace: rows.replace.bind(rows) } }, id);
    expect(await stored()).toMatchObject({ status: 'erased', cleared: true, attempts: 1 });
    expect(await stored()).not.toHaveProperty('outcome');
  });

  it('goes on where it was interrupted', async () => {
    const { services, stored, objects } = await setUp();
    const broken = { delete: () => Promise.reject(new Error('S3 is away')) };
    await expect(eraseRequest({ ...services, objects: broken }, id)).rejects.toThrow('S3 is away');
    expect(await stored()).toMatchObject({ status: 'erased', cleared: false });
    await eraseRequest({ ...services, clock: () => start + 99 }, id);
    expect(await stored()).toMatchObject({ erasedAt: start + 5, cleared: true });
    expect(objects.keys).toEqual([tensorKey('other')]);
  });

  it('is refused when there is nothing to erase, and deletes nothing', async () => {
    const { services } = await setUp();
    await eraseRequest(services, id);
    const objects = { delete: () => Promise.reject(new Error('deleted')) };
    for (const unknown of [id, 'f'.repeat(56), 'recent-runs']) {
      await expect(eraseRequest({ ...services, objects }, unknown)).rejects.toMatchObject({ code: 'unknown_request' });
    }
  });
});

async function setUp() {
  const rows = new MemoryRows();
  const objects = new MemoryObjects();
  await rows.add(newRequest(id, 'starter', start));
  for (const key of [tensorKey(id), uploadKey(id), tensorKey('other')]) await objects.put(key, new Uint8Array(1));
  return { rows, objects, stored: () => rows.get(id), services: { rows, objects, clock: () => start + 5 } };
}
