import { describe, expect, it } from 'vitest';
import { Refusal, StoreRefusal, Unreachable } from '../../web/api.ts';
import { patiently } from '../../web/patiently.ts';
import { storeError } from '../../web/post-image.ts';
import { Upload } from '../../web/upload.ts';

const image = new Blob(['image']);

/** A service whose store answers one outcome after another, and then takes the image. */
function service(outcomes: readonly (Error | 'taken')[] = [], status: 'uploading' | 'pending' = 'uploading') {
  const left = [...outcomes];
  const seen = { rows: 0, posted: [] as string[], waits: [] as number[], shares: [] as number[] };
  const services = {
    createUpload: async () => ({ req_id: `id${++seen.rows}`, upload: { url: `form${seen.rows}`, fields: {} } }),
    readPrediction: async () => ({ status }),
    postImage: async ({ url }: { url: string }) => {
      seen.posted.push(url);
      const outcome = left.shift() ?? 'taken';
      if (outcome !== 'taken') throw outcome;
    },
  };
  const upload = new Upload(services, image, 'starter', (share) => seen.shares.push(share));
  const send = () =>
    patiently(
      () => upload.send(),
      () => {},
      async (ms) => void seen.waits.push(ms),
    );
  return { seen, send };
}

const brokenOff = () => new Unreachable('The upload broke off.');
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

  it('ends at once when the store says that nothing helps', async () => {
    const { seen, send } = service([new Refusal(413, 'The image is too large.')]);
    await expect(send()).rejects.toThrow('The image is too large.');
    expect(seen.rows).toBe(1);
  });
});

describe("a store's error", () => {
  const xml = (code: string) => `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>x</Message></Error>`;

  it.each([
    [400, xml('EntityTooLarge'), 'The image is too large. At most 2 MB are taken.'],
    [400, xml('EntityTooSmall'), 'The image file is empty.'],
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
    [403, xml('SignatureDoesNotMatch'), 'SignatureDoesNotMatch'],
    [400, xml('KMS.DisabledException'), 'KMS.DisabledException'],
    [418, 'a teapot', '418'],
  ])('%i %s may be about the form', (status, body, code) => {
    expect(storeError(status, body)).toMatchObject({ constructor: StoreRefusal, code });
  });
});
