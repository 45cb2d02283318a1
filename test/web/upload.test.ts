import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AnnouncedImage, createUpload, Refusal, StoreRefusal, Unreachable } from '../../web/api.ts';
import { patiently } from '../../web/patiently.ts';
import { storeError } from '../../web/post-image.ts';
import { Upload } from '../../web/upload.ts';

const image = new Blob(['image']);

/** A service whose store answers one outcome after another, and then takes the image. */
function service(
  outcomes: readonly (Error | 'taken')[] = [],
  status: 'uploading' | 'pending' = 'uploading',
  losses: Unreachable[] = [],
  sent = image,
) {
  const left = [...outcomes];
  const seen = { rows: 0, posted: [] as string[], waits: [] as number[], shares: [] as number[] };
  const asked: AnnouncedImage[] = [];
  const services = {
    createUpload: async (_: string, image: AnnouncedImage) => {
      asked.push(image);
      const lost = losses.shift();
      if (lost?.mayHaveArrived !== false) seen.rows++;
      if (lost) throw lost;
      return { req_id: `id${seen.rows}`, upload: { url: `form${seen.rows}`, fields: {} } };
    },
    readPrediction: async () => ({ status }),
    postImage: async ({ url }: { url: string }) => {
      seen.posted.push(url);
      const outcome = left.shift() ?? 'taken';
      if (outcome !== 'taken') throw outcome;
    },
  };
  const upload = new Upload(services, sent, 'starter', (share) => seen.shares.push(share));
  const send = () =>
    patiently(
      () => upload.send(),
      () => {},
      async (ms) => void seen.waits.push(ms),
    );
  return { seen, asked, send };
}

const brokenOff = () => new Unreachable('The upload broke off.');
const noAnswer = () => new Unreachable('The service cannot answer right now.');
const refused = () => new StoreRefusal('AccessDenied');

describe('an upload', () => {
  it('makes one row and posts once', async () => {
    const { seen, send } = service();
    expect(await send()).toBe('id1');
    expect(seen).toEqual({ rows: 1, posted: ['form1'], waits: [], shares: [0] });
  });

  it('posts the same form again, as often as it breaks off', async () => {
    const { seen, send } = service(Array.from({ length: 20 }, brokenOff));
    expect(await send()).toBe('id1');
    expect([seen.rows, new Set(seen.posted).size, seen.posted.length]).toEqual([1, 1, 21]);
    expect(seen.waits.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('does not post again what has arrived although the answer was lost', async () => {
    const { seen, send } = service([brokenOff()], 'pending');
    expect(await send()).toBe('id1');
    expect(seen.posted).toEqual(['form1']);
  });

  it('gets a new form when the store refuses one, which may have expired', async () => {
    const { seen, send } = service([brokenOff(), refused()]);
    expect(await send()).toBe('id2');
    expect(seen.posted).toEqual(['form1', 'form1', 'form2']);
  });

  it('ends after three forms that the store refused, and says what to do', async () => {
    const { seen, send } = service(Array.from({ length: 100 }, refused));
    await expect(send()).rejects.toThrow(
      /store has refused the image 3 times \(AccessDenied\)\. Try it again later\. .*tell whoever runs this service/,
    );
    expect(seen).toMatchObject({ rows: 3, posted: ['form1', 'form2', 'form3'], waits: [1_000, 2_000] });
  });

  it('does not count the refusal of a form that was tried before', async () => {
    const stale = Array.from({ length: 5 }, () => [brokenOff(), refused()]).flat();
    expect(await service(stale).send()).toBe('id6');
  });

  it('asks for a form that takes this image alone', async () => {
    const { asked, send } = service();
    await send();
    expect(asked).toEqual([{ size: 5, sha256: createHash('sha256').update('image').digest('hex') }]);
  });

  it('tells the size alone where the browser does not hash: the page came over HTTP', async () => {
    vi.stubGlobal('crypto', {});
    onTestFinished(() => void vi.unstubAllGlobals());
    const { asked, send } = service();
    await send();
    expect(asked).toEqual([{ size: 5 }]);
  });

  it('ends when the file cannot be read any more', async () => {
    const gone = new Blob(['image']);
    gone.arrayBuffer = () => Promise.reject(new DOMException('x', 'NotReadableError'));
    const { seen, send } = service([], 'uploading', [], gone);
    await expect(send()).rejects.toThrow(/cannot be read any more/);
    expect(seen.rows).toBe(0);
  });

  it('makes ten rows at most while the answers get lost, and then says why', async () => {
    const { seen, send } = service([], 'uploading', Array.from({ length: 100 }, noAnswer));
    await expect(send()).rejects.toThrow('The service cannot answer right now. Send the image again later.');
    expect(seen.rows).toBe(10);
  });

  it('makes ten rows at most while each form expires before the image has arrived', async () => {
    const { seen, send } = service(Array.from({ length: 100 }, () => [brokenOff(), refused()]).flat());
    await expect(send()).rejects.toThrow('The store refused the image: AccessDenied. Send the image again later.');
    expect(seen.rows).toBe(10);
  });

  it('goes on for as long as it takes while its calls do not arrive', async () => {
    const offline = () => new Unreachable('There was no answer.', { mayHaveArrived: false });
    const { seen, send } = service([], 'uploading', Array.from({ length: 50 }, offline));
    expect(await send()).toBe('id1');
    expect(seen.waits).toHaveLength(50);
  });

  it('ends at once when the store says that nothing helps', async () => {
    const { seen, send } = service([new Refusal(413, 'The image is too large.')]);
    await expect(send()).rejects.toThrow('The image is too large.');
    expect(seen.rows).toBe(1);
  });
});

describe('the service asked for a form', () => {
  const answering = (answer: () => Promise<Response>, onLine = true) => {
    const calls: [path: string, init: RequestInit][] = [];
    vi.stubGlobal('navigator', { onLine });
    vi.stubGlobal('fetch', (...call: (typeof calls)[number]) => {
      calls.push(call);
      return answer();
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    return calls;
  };

  it('is told what the image is, as JSON', async () => {
    const calls = answering(async () => Response.json({ req_id: 'id' }, { status: 201 }));
    expect(await createUpload('a b', { size: 5 })).toEqual({ req_id: 'id' });
    expect(calls).toMatchObject([
      ['/uploads/a%20b', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"size":5}' }],
    ]);
  });

  const refusal = (status: number, headers = {}) => Response.json({ reason: 'Why.' }, { status, headers });
  it.each<[string, boolean, () => Promise<Response>, boolean?]>([
    ['503', true, async () => refusal(503, { 'retry-after': '10' })],
    ['502 of the gateway', true, async () => Response.json({ message: 'Bad Gateway' }, { status: 502 })],
    ['no answer', true, () => Promise.reject(new TypeError('x'))],
    ['no answer while offline', false, () => Promise.reject(new TypeError('x')), false],
    ['429', false, async () => Response.json({ message: 'Too Many Requests' }, { status: 429 })],
  ])('may have made a row when there is %s: %s', async (_, mayHaveArrived, answer, onLine) => {
    answering(answer, onLine);
    await expect(createUpload('starter', { size: 5 })).rejects.toMatchObject({ mayHaveArrived });
  });

  it.each([429, 503])('is final, with its reason, when %i says to come back in ten minutes', async (status) => {
    answering(async () => refusal(status, { 'retry-after': '600' }));
    await expect(createUpload('starter', { size: 5 })).rejects.toMatchObject({ constructor: Refusal, message: 'Why.' });
  });

  it('says why it has no time, and the page repeats that', async () => {
    answering(async () => refusal(503, { 'retry-after': '10' }));
    await expect(createUpload('starter', { size: 5 })).rejects.toThrow('Why.');
  });
});

describe("a store's error", () => {
  const xml = (code: string) => `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>x</Message></Error>`;

  it.each([
    [404, xml('NoSuchBucket'), 'takes no images (NoSuchBucket). Tell whoever runs this service.'],
    [405, xml('MethodNotAllowed'), 'takes no images (MethodNotAllowed)'],
    [400, xml('InvalidPolicyDocument'), 'takes no images (InvalidPolicyDocument)'],
  ])('%i %s is final', (status, body, words) => {
    const error = storeError(status, body);
    expect(error).toBeInstanceOf(Refusal);
    expect(error.message).toContain(words);
  });

  it.each([
    [503, xml('SlowDown')],
    [500, xml('InternalError')],
    [502, '<html>'],
    [429, ''],
    [400, xml('RequestTimeout')],
  ])('%i %s is temporary', (status, body) => expect(storeError(status, body)).toBeInstanceOf(Unreachable));

  it.each([
    [403, xml('AccessDenied'), 'AccessDenied'],
    [400, xml('ExpiredToken'), 'ExpiredToken'],
    // The file has changed since the form was made for it.
    [400, xml('BadDigest'), 'BadDigest'],
    [400, xml('EntityTooLarge'), 'EntityTooLarge'],
    [400, xml('EntityTooSmall'), 'EntityTooSmall'],
    [403, xml('SignatureDoesNotMatch'), 'SignatureDoesNotMatch'],
    [400, xml('KMS.DisabledException'), 'KMS.DisabledException'],
    [418, 'a teapot', '418'],
  ])('%i %s may be about the form', (status, body, code) => {
    expect(storeError(status, body)).toMatchObject({ constructor: StoreRefusal, code });
  });
});
