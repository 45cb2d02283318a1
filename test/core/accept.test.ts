import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { acceptImage, idempotencyMs, type SubmitServices } from '../../core/accept.ts';
import { CallerError } from '../../core/errors.ts';
import { tensorKey } from '../../core/keys.ts';
import { erase, newRequest } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { generousAdmission, MemoryIdempotencyKeys, MemoryObjects, MemoryRows } from '../support/memory.ts';

const start = 1_790_000_000_000;
const image = Uint8Array.of(1, 2, 3);
const submission = { model: 'starter', image };
const withKey = { ...submission, idempotencyKey: 'key' };
const nthId = (n: number) => n.toString(16).padStart(56, '0');

describe('an accepted image', () => {
  it('is prepared for its network and stored under the id of a pending request', async () => {
    const prepared: unknown[] = [];
    const prepare = async (file: Uint8Array, size: number) => {
      prepared.push([file, size]);
      return Uint8Array.of(9);
    };
    const { services, rows, objects } = setUp({ prepare });
    const request = await acceptImage(services, { model: 'NASNet-Large', image });
    expect(request).toEqual(newRequest(nthId(1), 'nasnet_large', start));
    expect(await rows.get(nthId(1))).toEqual(request);
    expect(await objects.get(tensorKey(nthId(1)))).toEqual(Uint8Array.of(9));
    expect(prepared).toEqual([[image, 331]]);
  });

  it('is stored as bytes, before its request', async () => {
    const { services, rows, objects } = setUp();
    const types: string[] = [];
    const put = objects.put.bind(objects);
    objects.put = async (key, bytes, type?: string) => {
      expect(await rows.get(nthId(1))).toBeUndefined();
      types.push(type ?? 'none');
      await put(key, bytes);
    };
    await acceptImage(services, submission);
    expect(types).toEqual(['application/octet-stream']);
  });

  it('is a request of its own each time when it comes without a key', async () => {
    const { services, objects } = setUp();
    const ids = [await acceptImage(services, submission), await acceptImage(services, submission)].map(({ id }) => id);
    expect(ids).toEqual([nthId(1), nthId(2)]);
    expect(objects.keys).toHaveLength(2);
  });
});

describe('a refused image', () => {
  const broken = new CallerError('broken_image', 'It is broken.');

  it.each([
    ['unknown_model', { ...submission, model: 'alexnet' }],
    ['model_unavailable', { ...submission, model: 'vgg19' }],
    ['bad_idempotency_key', { ...submission, idempotencyKey: '' }],
    ['bad_idempotency_key', { ...submission, idempotencyKey: 'k'.repeat(256) }],
    ['bad_idempotency_key', { ...submission, idempotencyKey: '\nkey' }],
    ['bad_idempotency_key', { ...submission, idempotencyKey: 'key\n' }],
    ['bad_idempotency_key', { ...submission, idempotencyKey: 'clé' }],
    ['bad_idempotency_key', { ...submission, idempotencyKey: '\x7f' }],
  ])('is not prepared, because of %s', async (code, refused) => {
    const { services, objects } = setUp({ prepare: () => Promise.reject(new Error('prepared')) });
    await expect(acceptImage(services, refused)).rejects.toMatchObject({ fault: 'caller', code });
    expect(objects.keys).toEqual([]);
  });

  it('leaves nothing behind, not even its key', async () => {
    const { services, rows, objects } = setUp({ prepare: () => Promise.reject(broken) });
    await expect(acceptImage(services, withKey)).rejects.toBe(broken);
    expect(objects.keys).toEqual([]);
    expect(await rows.get(nthId(1))).toBeUndefined();
    expect((await acceptImage({ ...services, prepare: async () => image }, withKey)).id).toBe(nthId(1));
  });

  it('says what a key must be', async () => {
    await expect(acceptImage(setUp().services, { ...submission, idempotencyKey: '' })).rejects.toThrow(
      'The header Idempotency-Key must have 1 to 255 printable ASCII characters.',
    );
  });
});

describe('admission', () => {
  it('is asked for the model, and pays for the sender of each request that is stored', async () => {
    const asked: unknown[] = [];
    const admission = {
      checkBacklog: async ({ id }: { id: string }) => void asked.push(id),
      spend: async (sender?: string) => void asked.push(sender),
    };
    const { services } = setUp({ admission });
    const mine = { ...withKey, sender: 'a friend' };
    expect(await acceptImage(services, mine)).toMatchObject({ sender: 'a friend' });
    await acceptImage(services, mine);
    await acceptImage(services, submission);
    expect(asked).toEqual(['starter', 'a friend', 'starter', 'starter', undefined]);
  });

  it.each(['checkBacklog', 'spend'])('that is refused by %s leaves nothing stored', async (check) => {
    const refusal = new CallerError('queue_full', 'It is full.');
    const admission = { ...generousAdmission(() => start), checkBacklog: async () => {}, spend: async () => {} };
    const refusing = { ...admission, [check]: () => Promise.reject(refusal) };
    const { services, objects } = setUp({ admission: refusing });
    for (const refused of [submission, withKey]) await expect(acceptImage(services, refused)).rejects.toBe(refusal);
    expect(objects.keys).toEqual([]);
  });
});

describe('an idempotency key', () => {
  it('may be of any printable ASCII characters, up to 255', async () => {
    const { services } = setUp();
    for (const idempotencyKey of [' ', '~', '~'.repeat(255)]) {
      expect((await acceptImage(services, { ...submission, idempotencyKey })).status).toBe('pending');
    }
  });

  it('stands for one request of its model, however the model is spelled', async () => {
    const { services } = setUp();
    const first = await acceptImage(services, withKey);
    expect(await acceptImage(services, { ...withKey, model: 'EfficientNet-Lite0' })).toEqual(first);
    expect((await acceptImage(services, { ...withKey, model: 'vgg16' })).id).not.toBe(first.id);
    expect((await acceptImage(services, { ...withKey, idempotencyKey: 'other' })).id).not.toBe(first.id);
  });

  it('is kept as a hash of its sender, the model and itself, beside the hash of the image, for a day', async () => {
    const { services } = setUp();
    const reserved: unknown[] = [];
    const idempotency: SubmitServices['idempotency'] = {
      reserve: async (...args) => {
        reserved.push(args);
        return args[1];
      },
    };
    await acceptImage({ ...services, idempotency }, withKey);
    await acceptImage({ ...services, idempotency }, { ...withKey, sender: 'a friend' });
    const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const until = start + 86_400_000;
    expect(reserved).toEqual([
      [sha256('[null,"starter","key"]'), { requestId: nthId(1), imageHash: sha256(image) }, start, until, undefined],
      [
        sha256('["a friend","starter","key"]'),
        expect.objectContaining({ requestId: nthId(2) }),
        start,
        until,
        undefined,
      ],
    ]);
    expect(idempotencyMs).toBe(86_400_000);
  });

  it('cannot be used with another image', async () => {
    const { services, objects } = setUp();
    await acceptImage(services, withKey);
    await expect(acceptImage(services, { ...withKey, image: Uint8Array.of(4) })).rejects.toMatchObject({
      ...{ fault: 'caller', code: 'idempotency_conflict' },
      message: 'This Idempotency-Key was used with another image before.',
    });
    expect(objects.keys).toHaveLength(1);
  });

  it('does not bring back the image of a request that has ended', async () => {
    const { services, objects } = setUp();
    const { id } = await acceptImage(services, withKey);
    await objects.delete(tensorKey(id));
    expect((await acceptImage(services, withKey)).id).toBe(id);
    expect(objects.keys).toEqual([]);
  });
});

describe('when a store fails', () => {
  it('a submission without a key takes its image with it', async () => {
    const { services, rows, objects } = setUp();
    rows.add = () => Promise.reject(new Error('no table'));
    await expect(acceptImage(services, submission)).rejects.toThrow('no table');
    expect(objects.keys).toEqual([]);
  });

  it('a submission with a key leaves its image, which the next one needs', async () => {
    const { services, rows, objects } = setUp();
    rows.add = () => Promise.reject(new Error('no table'));
    await expect(acceptImage(services, withKey)).rejects.toThrow('no table');
    expect(objects.keys).toEqual([tensorKey(nthId(1))]);
  });

  it('tells the first failure, also when the image cannot be deleted either', async () => {
    const { services, rows, objects } = setUp();
    rows.add = () => Promise.reject(new Error('no table'));
    objects.delete = () => Promise.reject(new Error('no bucket'));
    await expect(acceptImage(services, submission)).rejects.toThrow('no table');
  });

  it('a request that was added by a try whose answer was lost is accepted', async () => {
    const { services, rows } = setUp();
    const add = rows.add.bind(rows);
    rows.add = async (request) => {
      await add(request);
      return add(request);
    };
    expect(await acceptImage(services, submission)).toEqual(newRequest(nthId(1), 'starter', start));
  });

  it('a request that is refused as known, and then not found, is the platform’s fault', async () => {
    const { services, rows, objects } = setUp();
    rows.add = async () => false;
    await expect(acceptImage(services, submission)).rejects.toMatchObject({
      ...{ fault: 'platform', code: 'request_vanished' },
      message: 'A request was refused as known, and then not found.',
    });
    expect(objects.keys).toEqual([]);
  });
});

describe('a request that is erased while it is accepted', () => {
  it('is not given to someone who has no key to it', async () => {
    const { services, rows, objects } = setUp();
    eraseOnAdd(rows);
    await expect(acceptImage(services, submission)).rejects.toMatchObject({
      ...{ fault: 'platform', code: 'request_vanished' },
      message: 'A new request was erased before anybody knew it.',
    });
    expect(objects.keys).toEqual([]);
  });

  it('gives its key to a new one, and leaves no image', async () => {
    const { services, rows, objects } = setUp();
    eraseOnAdd(rows, 4);
    expect((await acceptImage(services, withKey)).id).toBe(nthId(5));
    expect(objects.keys).toEqual([tensorKey(nthId(5))]);
  });

  it('is given up when it is erased again and again', async () => {
    const { services, rows, objects } = setUp();
    eraseOnAdd(rows, 5);
    await expect(acceptImage(services, withKey)).rejects.toMatchObject({
      ...{ fault: 'platform', code: 'idempotency_unsettled' },
      message: 'The request was erased 5 times during one call.',
    });
    expect(objects.keys).toEqual([]);
  });

  /** Each new request has been added and erased by others when it is added here; so often. */
  function eraseOnAdd(rows: MemoryRows, times = Infinity) {
    const add = rows.add.bind(rows);
    rows.add = async (request) => {
      if (times-- <= 0) return add(request);
      await add(request);
      await takeStep(rows, request, (stored) => erase(stored, start));
      return add(request);
    };
  }
});

function setUp(changes: Partial<SubmitServices> = {}) {
  const rows = new MemoryRows();
  const objects = new MemoryObjects();
  let ids = 0;
  const services: SubmitServices = {
    ...{ rows, objects, idempotency: new MemoryIdempotencyKeys(), clock: () => start },
    ...{ newId: () => nthId(++ids), prepare: async (file: Uint8Array) => file },
    admission: generousAdmission(() => start),
    installed: {
      starter: { sha256: 'a'.repeat(64), weights: 'official' },
      vgg16: { sha256: 'b'.repeat(64), weights: 'official' },
      nasnet_large: { sha256: 'c'.repeat(64), weights: 'official' },
    },
    ...changes,
  };
  return { services, rows, objects };
}
