import { describe, expect, it } from 'vitest';
import { acceptImage, type SubmitServices } from '../../core/accept.ts';
import { acceptUpload } from '../../core/accept-upload.ts';
import { eraseRequest } from '../../core/erase-request.ts';
import { tensorKey, uploadKey } from '../../core/keys.ts';
import { newUpload } from '../../core/request.ts';
import { newId } from '../support/ids.ts';
import { everyInterleaving, type Process } from '../support/interleavings.ts';
import { generousAdmission, MemoryIdempotencyKeys, MemoryObjects, MemoryRows } from '../support/memory.ts';

const start = 1_790_000_000_000;
const image = Uint8Array.from([1, 2, 3]);
const submission = { model: 'starter', image, idempotencyKey: 'key' };

function world(): SubmitServices & { rows: MemoryRows; objects: MemoryObjects } {
  return {
    ...{ rows: new MemoryRows(), objects: new MemoryObjects(), idempotency: new MemoryIdempotencyKeys() },
    ...{
      clock: () => start,
      admission: generousAdmission(() => start),
      newId,
      prepare: async () => image,
      installed: { starter: { sha256: '', weights: 'official' } },
    },
  };
}

async function expectNothingOrphaned({ rows, objects }: ReturnType<typeof world>): Promise<void> {
  for (const key of objects.keys) {
    const request = await rows.get(key.slice(-56));
    expect(`${key.split('/')[0]} of a request that is ${request?.status}`).toBe('tensors of a request that is pending');
  }
}

describe('an erased request leaves nothing behind', () => {
  async function uploaded() {
    const services = world();
    const request = newUpload(newId(), 'starter', start);
    await services.rows.add(request);
    await services.objects.put(uploadKey(request.id), image);
    return { services, id: request.id };
  }

  it('whatever its upload is doing meanwhile, also twice', async () => {
    const orders = await everyInterleaving(async () => {
      const { services, id } = await uploaded();
      const { rows, objects, clock, prepare } = services;
      return {
        processes: [
          (watch) => acceptUpload({ rows: watch(rows), objects: watch(objects), clock, prepare }, id),
          (watch) => eraseRequest({ rows: watch(rows), objects: watch(objects), clock }, id),
        ],
        async check() {
          expect(await rows.get(id)).toMatchObject({ status: 'erased', cleared: true });
          expect(objects.keys).toEqual([]);
        },
      };
    });
    expect(orders).toBeGreaterThan(100);
  });

  it('also when the function that accepts its upload dies anywhere, and the message comes again', async () => {
    const orders = await everyInterleaving(
      async () => {
        const { services, id } = await uploaded();
        const { rows, objects, clock, prepare } = services;
        return {
          processes: [
            (watch) => acceptUpload({ rows: watch(rows), objects: watch(objects), clock, prepare }, id),
            (watch) => eraseRequest({ rows: watch(rows), objects: watch(objects), clock }, id),
          ],
          async check() {
            await acceptUpload({ rows, objects, clock, prepare }, id);
            expect(objects.keys).toEqual([]);
          },
        };
      },
      { deaths: true },
    );
    expect(orders).toBeGreaterThan(500);
  });

  it('also when its image is uploaded afterwards', async () => {
    const { services, id } = await uploaded();
    await eraseRequest(services, id);
    await services.objects.put(uploadKey(id), image);
    expect(await acceptUpload(services, id)).toEqual({ type: 'ignored' });
    expect(services.objects.keys).toEqual([]);
  });

  it('whatever the same submission does meanwhile, which gets a request of its own or is in time for the first', async () => {
    const orders = await everyInterleaving(async () => {
      const services = world();
      const { rows, objects, idempotency } = services;
      const { id } = await acceptImage(services, submission);
      let again: string | undefined;
      return {
        processes: [
          async (watch) => {
            const seen = { ...services, rows: watch(rows), objects: watch(objects), idempotency: watch(idempotency) };
            again = (await acceptImage(seen, submission)).id;
          },
          (watch) => eraseRequest({ rows: watch(rows), objects: watch(objects), clock: services.clock }, id),
        ],
        async check() {
          expect(await rows.get(id)).toMatchObject({ status: 'erased', cleared: true });
          expect(objects.keys).toEqual(again === id ? [] : [tensorKey(again ?? '')]);
          await expectNothingOrphaned(services);
        },
      };
    });
    expect(orders).toBeGreaterThan(30);
  });

  it('also when one of two first submissions is erased while the other is still under way', async () => {
    const orders = await everyInterleaving(async () => {
      const services = world();
      const seenBy = (watch: Parameters<Process>[0]) => ({
        ...services,
        ...{ rows: watch(services.rows), objects: watch(services.objects), idempotency: watch(services.idempotency) },
      });
      return {
        processes: [
          (watch) => acceptImage(seenBy(watch), submission),
          async (watch) => eraseRequest(seenBy(watch), (await acceptImage(seenBy(watch), submission)).id),
        ],
        check: () => expectNothingOrphaned(services),
      };
    });
    expect(orders).toBeGreaterThan(500);
  });

  it('and can be erased again where it was interrupted', async () => {
    const { services, id } = await uploaded();
    const { rows, objects, clock } = services;
    const broken = { delete: () => Promise.reject(new Error('S3 is away')) };
    await expect(eraseRequest({ rows, objects: broken, clock }, id)).rejects.toThrow('S3 is away');
    await eraseRequest(services, id);
    expect(objects.keys).toEqual([]);
    await expect(eraseRequest(services, id)).rejects.toMatchObject({ code: 'unknown_request' });
  });
});
