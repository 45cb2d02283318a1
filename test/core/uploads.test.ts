import { describe, expect, it } from 'vitest';
import { type AcceptUploadServices, acceptUpload } from '../../core/accept-upload.ts';
import { createUpload, formMs } from '../../core/create-upload.ts';
import { CallerError } from '../../core/errors.ts';
import { maxImageBytes } from '../../core/image-limits.ts';
import { tensorKey, uploadKey } from '../../core/keys.ts';
import type { UploadLimits } from '../../core/ports.ts';
import { claim, erase, newUpload, type PredictionRequest, uploadExpired, uploadMs } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { generousAdmission, MemoryObjects, MemoryRows } from '../support/memory.ts';

const start = 1_790_000_000_000;
const id = 'ab'.repeat(28);
const file = Uint8Array.of(1, 2, 3);
const tensor = Uint8Array.of(9);
const refusal = new CallerError('broken_image', 'It is broken.');
const failure = { code: 'broken_image', message: 'It is broken.' };

describe('a new upload', () => {
  const forms = {
    sign: async (key: string, { minBytes, maxBytes, sha256 }: UploadLimits, expiresAt: number) => ({
      url: 'https://images.example',
      fields: { key, bytes: `${minBytes} to ${maxBytes}`, sha256: `${sha256}`, expiresAt: String(expiresAt) },
    }),
  };
  const admission = generousAdmission(() => start);
  const installed = { starter: { sha256: 'a'.repeat(64), weights: 'official' } } as const;

  it('is a stored request, and a form for its file alone, valid for two minutes', async () => {
    const rows = new MemoryRows();
    const clock = () => start;
    const upload = await createUpload(
      { rows, forms, admission, clock, newId: () => id, installed },
      { model: 'EfficientNet_Lite0' },
    );
    expect(formMs).toBe(120_000);
    expect(upload).toEqual({
      request: newUpload(id, 'starter', start),
      form: {
        url: 'https://images.example',
        fields: {
          ...{ key: uploadKey(id), bytes: `1 to ${maxImageBytes}`, sha256: 'undefined' },
          expiresAt: String(start + 120_000),
        },
      },
      maxBytes: maxImageBytes,
      formExpiresAt: start + 120_000,
    });
    expect(await rows.get(id)).toEqual(upload.request);
  });

  it('that was announced is bound to its size and hash', async () => {
    const services = { rows: new MemoryRows(), forms, admission, clock: () => start, newId: () => id, installed };
    const { form, maxBytes } = await createUpload(services, { model: 'starter', size: 5, sha256: 'ab' });
    expect(form.fields).toMatchObject({ bytes: '5 to 5', sha256: 'ab' });
    expect(maxBytes).toBe(5);
  });

  it('may be announced with the largest size that is taken', async () => {
    const services = { rows: new MemoryRows(), forms, admission, clock: () => start, newId: () => id, installed };
    expect((await createUpload(services, { model: 'starter', size: maxImageBytes })).maxBytes).toBe(maxImageBytes);
  });

  it.each([
    ['empty_image', 0, 'The image file is empty.'],
    ['too_large', maxImageBytes + 1, 'The image has more than 2097152 bytes (2 MiB), which is the limit.'],
  ])('is refused with %s when its size says so, and nothing is stored', async (code, size, message) => {
    const rows = new MemoryRows();
    const services = { rows, forms, admission, clock: () => start, newId: () => id, installed };
    await expect(createUpload(services, { model: 'starter', size })).rejects.toMatchObject({
      ...{ fault: 'caller', code, message },
    });
    expect(await rows.get(id)).toBeUndefined();
  });

  it.each([
    ['unknown_model', 'alexnet'],
    ['model_unavailable', 'vgg16'],
  ])('is refused with %s, and nothing is stored', async (code, model) => {
    const rows = new MemoryRows();
    const services = { rows, forms, admission, clock: () => start, newId: () => id, installed };
    await expect(createUpload(services, { model })).rejects.toMatchObject({ fault: 'caller', code });
    expect(await rows.get(id)).toBeUndefined();
  });
});

describe('an upload that is asked for', () => {
  const services = {
    rows: { add: () => Promise.reject(new Error('stored')) },
    forms: { sign: () => Promise.reject(new Error('signed')) },
    ...{ clock: () => start, newId: () => id },
    installed: { starter: { sha256: 'a'.repeat(64), weights: 'official' } },
  } as const;
  const refusal = new CallerError('queue_full', 'It is full.');

  it('is refused when too many wait for its model', async () => {
    const checkBacklog = (model: { id: string }) => Promise.reject(model.id === 'starter' ? refusal : model);
    await expect(
      createUpload({ ...services, admission: { checkBacklog, spend: async () => {} } }, { model: 'starter' }),
    ).rejects.toBe(refusal);
  });

  it('is refused when its sender may send no more', async () => {
    const spend = (sender?: string) => Promise.reject(sender === 'a friend' ? refusal : sender);
    const admission = { checkBacklog: async () => {}, spend };
    await expect(createUpload({ ...services, admission }, { model: 'starter', sender: 'a friend' })).rejects.toBe(
      refusal,
    );
  });
});

describe('an uploaded image', () => {
  it('is prepared for its network, its request is pending, and its file is gone', async () => {
    const sizes: number[] = [];
    const { services, stored, keys, objects } = await setUp();
    const prepare = async (_: Uint8Array, size: number) => {
      sizes.push(size);
      return tensor;
    };
    expect(await acceptUpload({ ...services, prepare }, id)).toEqual({ type: 'pending' });
    expect(await stored()).toMatchObject({ status: 'pending', version: 2 });
    expect(keys()).toEqual([tensorKey(id)]);
    expect(await objects.get(tensorKey(id))).toEqual(tensor);
    expect(sizes).toEqual([224]);
  });

  it('that is refused fails its request, and its file is gone', async () => {
    const { services, stored, keys } = await setUp({ prepare: () => Promise.reject(refusal) });
    expect(await acceptUpload(services, id)).toEqual({ type: 'failed', failure });
    expect(await stored()).toMatchObject({ status: 'failed', failure, completedAt: start });
    expect(keys()).toEqual([]);
  });

  it('that cannot be prepared for another reason stays, to be tried again', async () => {
    const broken = new Error('out of memory');
    const { services, stored, keys } = await setUp({ prepare: () => Promise.reject(broken) });
    await expect(acceptUpload(services, id)).rejects.toBe(broken);
    expect(await stored()).toMatchObject({ status: 'uploading' });
    expect(keys()).toEqual([uploadKey(id)]);
  });

  it('that comes too late is not prepared', async () => {
    const prepare = () => Promise.reject(new Error('prepared'));
    const { services, stored, keys } = await setUp({ prepare, clock: () => start + uploadMs + 1 });
    expect(await acceptUpload(services, id)).toEqual({ type: 'failed', failure: uploadExpired });
    expect(await stored()).toMatchObject({ status: 'failed', failure: uploadExpired });
    expect(keys()).toEqual([]);
  });

  it('that is gone, perhaps because another call is at its end, changes nothing', async () => {
    const { services, stored, objects, keys } = await setUp();
    await objects.delete(uploadKey(id));
    await objects.put(tensorKey(id), tensor);
    expect(await acceptUpload(services, id)).toEqual({ type: 'ignored' });
    expect(await stored()).toMatchObject({ status: 'uploading' });
    expect(keys()).toEqual([tensorKey(id)]);
  });

  it('of a request that was accepted before is deleted, and nothing else', async () => {
    const { services, stored, objects, keys } = await setUp();
    await acceptUpload(services, id);
    await objects.put(uploadKey(id), file);
    const prepare = () => Promise.reject(new Error('prepared'));
    expect(await acceptUpload({ ...services, prepare }, id)).toEqual({ type: 'ignored' });
    expect(await stored()).toMatchObject({ status: 'pending', version: 2 });
    expect(keys()).toEqual([tensorKey(id)]);
  });

  it.each([
    ['was erased', true],
    ['is not there', false],
  ])('of a request that %s is deleted with all that was stored for it', async (_, erased) => {
    const { services, rows, objects, keys } = await setUp();
    const request = (await rows.get(id)) as PredictionRequest;
    if (erased) await takeStep(rows, request, (row) => erase(row, start));
    await objects.put(tensorKey(id), tensor);
    const gone = { get: async () => undefined, replace: () => Promise.reject(new Error('changed')) };
    expect(await acceptUpload(erased ? services : { ...services, rows: gone }, id)).toEqual({ type: 'ignored' });
    expect(keys()).toEqual([]);
  });
});

describe('an image whose request stops waiting while it is prepared', () => {
  it('because another call accepted it, stays as that call stored it', async () => {
    const { services, stored, keys } = await setUp();
    const prepare = async () => {
      await acceptUpload(services, id);
      const accepted = (await stored()) as PredictionRequest;
      await takeStep(services.rows, accepted, (row) => claim(row, { owner: 'run', until: start + 1 }, start));
      return tensor;
    };
    expect(await acceptUpload({ ...services, prepare }, id)).toEqual({ type: 'ignored' });
    expect(await stored()).toMatchObject({ status: 'running' });
    expect(keys()).toEqual([tensorKey(id)]);
  });

  it('because its time is over, is deleted', async () => {
    let now = start + uploadMs;
    const prepare = async () => {
      now++;
      return tensor;
    };
    const { services, stored, keys } = await setUp({ prepare, clock: () => now });
    expect(await acceptUpload(services, id)).toEqual({ type: 'failed', failure: uploadExpired });
    expect(await stored()).toMatchObject({ status: 'failed' });
    expect(keys()).toEqual([]);
  });

  it('because it was erased, is deleted', async () => {
    const { services, stored, keys } = await setUp();
    const prepare = async () => {
      await takeStep(services.rows, (await stored()) as PredictionRequest, (row) => erase(row, start));
      return tensor;
    };
    expect(await acceptUpload({ ...services, prepare }, id)).toEqual({ type: 'ignored' });
    expect(keys()).toEqual([]);
  });

  it('because its row was removed, is deleted', async () => {
    const { services, rows, keys } = await setUp();
    const first = await rows.get(id);
    const reads = [first, undefined];
    const removed = { get: async () => reads.shift(), replace: async () => undefined };
    expect(await acceptUpload({ ...services, rows: removed }, id)).toEqual({ type: 'ignored' });
    expect(keys()).toEqual([]);
  });
});

/** A request that waits for its image, and the image. */
async function setUp(changes: Partial<AcceptUploadServices> = {}) {
  const rows = new MemoryRows();
  const objects = new MemoryObjects();
  await rows.add(newUpload(id, 'starter', start));
  await objects.put(uploadKey(id), file);
  const services: AcceptUploadServices = {
    ...{ rows, objects, prepare: async () => tensor, clock: () => start },
    ...changes,
  };
  return { services, rows, objects, stored: () => rows.get(id), keys: () => objects.keys };
}
