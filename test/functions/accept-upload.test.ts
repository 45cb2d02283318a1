import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlatformError } from '../../core/errors.ts';
import type { PrepareImage } from '../../core/ports.ts';
import { newRequest, uploadExpired, uploadMs } from '../../core/request.ts';
import { prepareImage, prepareWithin } from '../../imaging/prepare.ts';
import { imageFile, pngHeader } from '../support/image-files.ts';
import type { MemoryObjects, MemoryRows } from '../support/memory.ts';
import { stepsOn } from '../support/steps.ts';
import { noon, nthId } from './setup.ts';
import { created, record, setUpUploads } from './uploads.ts';

const photo = imageFile('colour-444.jpg');
const pending = (id: string) => ({ ...newRequest(id, 'starter', noon), version: 2 });

let uploads: ReturnType<typeof setUpUploads>;
beforeEach(() => {
  uploads = setUpUploads();
});

describe('an uploaded image', () => {
  it('is prepared as over HTTP, its request is pending, and its file is gone', async () => {
    const { rows, objects, deliver, uploaded } = uploads;
    const id = await uploaded(photo);
    expect(await deliver(created(`uploads/${id}`))).toEqual([]);
    expect(await rows.get(id)).toEqual(pending(id));
    expect(objects.keys).toEqual([`tensors/${id}`]);
    expect(await objects.get(`tensors/${id}`)).toEqual(await prepareImage(photo, 224));
  });

  it.each([
    ['a text', 'unsupported_image', Buffer.from('hello')],
    ['a cut JPEG', 'broken_image', photo.subarray(0, -200)],
    ['nothing', 'empty_image', new Uint8Array()],
    ['more than 2 MiB', 'too_large', new Uint8Array(2 ** 21 + 1)],
    ['400 million pixels', 'bad_dimensions', pngHeader(20_000, 20_000)],
  ])('that is %s fails its request with the code and words of the other door', async (_, code, file) => {
    const { rows, objects, deliver, uploaded } = uploads;
    const id = await uploaded(file);
    expect(await deliver(created(`uploads/${id}`))).toEqual([]);
    const refusal = await prepareImage(file, 224).catch((error: unknown) => error as Error);
    const failure = { code, message: (refusal as Error).message };
    expect(await rows.get(id)).toEqual({ ...pending(id), status: 'failed', failure, completedAt: noon });
    expect(objects.keys).toEqual([]);
  });
});

describe('messages', () => {
  it('that come twice, also in one batch, make one request', async () => {
    const { rows, objects, deliver, uploaded } = uploads;
    const id = await uploaded(photo);
    const message = created(`uploads/${id}`);
    expect(await deliver(message, message)).toEqual([]);
    await stepsOn(rows).claim(id, { owner: 'run', until: noon + 9 }, noon);
    expect(await deliver(message)).toEqual([]);
    expect(await rows.get(id)).toMatchObject({ status: 'running', attempts: 1 });
    expect(objects.keys).toEqual([`tensors/${id}`]);
  });

  it('that are handled twice at once make one request, with its image', async () => {
    const { rows, objects, deliver, uploaded } = uploads;
    const id = await uploaded(photo);
    const message = created(`uploads/${id}`);
    expect(await Promise.all([deliver(message), deliver(message)])).toEqual([[], []]);
    expect(await rows.get(id)).toEqual(pending(id));
    expect(objects.keys).toEqual([`tensors/${id}`]);
  });

  it('that come in any order, several records in one, reach their requests', async () => {
    const { rows, deliver, uploaded } = uploads;
    const ids = [nthId(3), nthId(1), nthId(2)];
    for (const id of ids) await uploaded(photo, id);
    expect(
      await deliver(created(`uploads/${nthId(2)}`, `uploads/${nthId(3)}`), created(`uploads/${nthId(1)}`)),
    ).toEqual([]);
    for (const id of ids) expect(await rows.get(id)).toEqual(pending(id));
  });

  it('that come too late find the request failed, and the file is deleted', async () => {
    const { rows, objects, deliver, uploaded, at } = uploads;
    const id = await uploaded(photo);
    at(noon + uploadMs + 1);
    expect(await deliver(created(`uploads/${id}`))).toEqual([]);
    expect(await rows.get(id)).toMatchObject({ status: 'failed', failure: uploadExpired });
    expect(objects.keys).toEqual([]);
  });

  it('that come at the last moment, when the time runs out during the work, leave nothing behind', async () => {
    const { rows, objects, deliver, uploaded, at } = uploads;
    const id = await uploaded(photo);
    at(noon + uploadMs);
    const put = objects.put.bind(objects);
    objects.put = async (key, bytes) => {
      await put(key, bytes);
      at(noon + uploadMs + 1);
    };
    expect(await deliver(created(`uploads/${id}`))).toEqual([]);
    expect(await rows.get(id)).toMatchObject({ status: 'failed', failure: uploadExpired });
    expect(objects.keys).toEqual([]);
  });

  it('about a file that has gone change nothing', async () => {
    const { rows, objects, deliver, uploaded } = uploads;
    const id = await uploaded(photo);
    await objects.delete(`uploads/${id}`);
    expect(await deliver(created(`uploads/${id}`))).toEqual([]);
    expect(await rows.get(id)).toMatchObject({ status: 'uploading' });
  });

  it('about a request that nobody made delete the file', async () => {
    const { objects, deliver } = uploads;
    await objects.put(`uploads/${nthId(7)}`, photo);
    expect(await deliver(created(`uploads/${nthId(7)}`))).toEqual([]);
    expect(objects.keys).toEqual([]);
  });

  it.each(['uploads/', 'uploads/cat.jpg', `uploads/${nthId(1)}/x`, 'uploads/na+me%2B', `tensors/${nthId(1)}`])(
    'about the key %s, which nobody was given, touch nothing',
    async (key) => {
      const { objects, deliver, log } = uploads;
      await objects.put(key, photo);
      expect(await deliver(created(key))).toEqual([]);
      expect(objects.keys).toEqual([key]);
      expect(log.lines).toMatchObject([{ message: 'upload ignored' }]);
    },
  );

  it('may have an encoded key', async () => {
    const { rows, deliver, uploaded } = uploads;
    const id = await uploaded(photo);
    await deliver(created(`uploads%2F${id}`));
    expect(await rows.get(id)).toEqual(pending(id));
  });

  it("that are S3's test, or about a deletion, are done with", async () => {
    const { rows, deliver, uploaded } = uploads;
    const id = await uploaded(photo);
    const removed = JSON.stringify({ Records: [record(`uploads/${id}`, 'ObjectRemoved:Delete')] });
    expect(await deliver('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"images"}', removed)).toEqual([]);
    expect(await rows.get(id)).toMatchObject({ status: 'uploading' });
  });

  it.each(['', 'hello', '{}', '{"Records":[{}]}', '{"Records":[{"eventSource":"aws:sns"}]}', 'null'])(
    'that are not from S3 (%s) are given back alone, for the dead-letter queue',
    async (body) => {
      const { rows, deliver, uploaded, log } = uploads;
      const id = await uploaded(photo);
      expect(await deliver(body, created(`uploads/${id}`), body)).toEqual([0, 2]);
      expect(await rows.get(id)).toEqual(pending(id));
      expect(log.lines).toContainEqual(expect.objectContaining({ queueMessage: '0', error: expect.any(Error) }));
    },
  );
});

describe('an image that its decoder is not done with', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fails alone, once, with a reason; the others of the batch are done', async () => {
    vi.useFakeTimers();
    const endless = pngHeader(1, 1);
    const reached = Promise.withResolvers<void>();
    const stuck: PrepareImage = (bytes, size) => {
      if (bytes.length !== endless.length) return prepareImage(bytes, size);
      reached.resolve();
      return new Promise(() => {});
    };
    const { rows, objects, deliver, uploaded } = setUpUploads({ prepare: prepareWithin(5000, stuck) });
    const ids = [1, 2, 3, 4, 5].map(nthId);
    for (const id of ids) await uploaded(id === nthId(2) ? endless : photo, id);
    const given = deliver(...ids.map((id) => created(`uploads/${id}`)));
    await reached.promise;
    await vi.advanceTimersByTimeAsync(5000);
    expect(await given).toEqual([]);
    const failed = await rows.get(nthId(2));
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { code: 'too_costly', message: expect.stringMatching(/in time/) },
    });
    for (const id of ids) if (id !== nthId(2)) expect((await rows.get(id))?.status).toBe('pending');
    expect(objects.keys).not.toContain(`uploads/${nthId(2)}`);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('when a store fails', () => {
  const down = () => Promise.reject(new PlatformError('aws_unavailable', 'down'));

  it.each([
    ['the rows cannot be read', (rows: MemoryRows) => rows, 'get'],
    ['the row cannot be changed', (rows: MemoryRows) => rows, 'replace'],
    ['the file cannot be read', (_: MemoryRows, objects: MemoryObjects) => objects, 'get'],
    ['the tensor cannot be stored', (_: MemoryRows, objects: MemoryObjects) => objects, 'put'],
    ['the file cannot be deleted', (_: MemoryRows, objects: MemoryObjects) => objects, 'delete'],
  ] as const)('because %s, the message comes again, and then all is well', async (_, store, method) => {
    const { rows, objects, deliver, uploaded } = uploads;
    const id = await uploaded(photo);
    const failing = store(rows, objects) as unknown as Record<string, unknown>;
    const works = Object.getPrototypeOf(failing)[method];
    failing[method] = down;
    expect(await deliver(created(`uploads/${id}`))).toEqual([0]);
    failing[method] = works;
    expect(await deliver(created(`uploads/${id}`))).toEqual([]);
    expect(await rows.get(id)).toEqual(pending(id));
    expect(objects.keys).toEqual([`tensors/${id}`]);
  });

  it('the others of the batch are done', async () => {
    const { rows, objects, deliver, uploaded } = uploads;
    const [good, bad] = [await uploaded(photo, nthId(1)), await uploaded(photo, nthId(2))];
    const get = objects.get.bind(objects);
    objects.get = (key) => (key.includes(bad) ? down() : get(key));
    expect(await deliver(created(`uploads/${bad}`), created(`uploads/${good}`))).toEqual([0]);
    expect((await rows.get(good))?.status).toBe('pending');
  });

  it('no log names a whole id', async () => {
    const { objects, deliver, uploaded, log } = uploads;
    const id = await uploaded(photo);
    await deliver(created(`uploads/${id}`));
    objects.delete = down;
    await deliver(created(`uploads/${id}`));
    expect(JSON.stringify(log.lines)).not.toContain(id);
  });
});
