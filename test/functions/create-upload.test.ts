import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3UploadForms } from '../../aws/s3-upload-forms.ts';
import { formMs } from '../../core/create-upload.ts';
import type { UploadLimits } from '../../core/ports.ts';
import { newUpload, uploadMs } from '../../core/request.ts';
import { readPrediction } from '../../functions/read-prediction.ts';
import { type Call, MemoryLog, send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { MemoryObjects, MemoryRows, MemoryRunHistory } from '../support/memory.ts';
import { noon, nthId } from './setup.ts';
import { created, setUpUploads } from './uploads.ts';

const route = '/uploads/{model}';
const starter = { route, parameters: { model: 'starter' } };
const sha256 = createHash('sha256').update('a photo').digest('hex');

describe('POST /uploads/{model}', () => {
  it('gives 201 with the id, the form, its end, and where the predictions will be', async () => {
    const { create, rows } = setUpUploads();
    const response = await send(create, starter);
    const readUrl = `https://api.example/readPrediction/${nthId(1)}`;
    const limits = JSON.stringify({ minBytes: 1, maxBytes: 2_097_152 });
    const fields = { key: `uploads/${nthId(1)}`, limits, expiresAt: String(noon + formMs) };
    expect(response).toMatchObject({ status: 201, headers: { location: readUrl, 'cache-control': 'no-store' } });
    expect(response.json).toEqual({
      ...{ success: true, req_id: nthId(1), model: 'starter', status: 'uploading', read_url: readUrl },
      upload: {
        ...{ url: 'https://s3.example/images', fields },
        ...{ expires_at: '2026-11-22T12:02:00.000Z', max_bytes: 2_097_152 },
      },
    });
    expect(await rows.get(nthId(1))).toEqual(newUpload(nthId(1), 'starter', noon));
  });

  it.each([
    ['an unknown model', 404, /The models are: starter/, { route, parameters: { model: 'alexnet' } }],
    ['a model that is not installed', 503, /npm run zoo -- pull vgg16/, { route, parameters: { model: 'VGG16' } }],
    ['another method', 405, /takes POST, not GET/, { ...starter, method: 'GET' }],
  ])('refuses %s with %i, and stores nothing', async (_, status, reason, call) => {
    const { create, rows } = setUpUploads();
    const response = await send(create, call);
    expect(response.status).toBe(status);
    expect(response.json).toEqual({ success: false, reason: expect.stringMatching(reason) });
    expect(await rows.get(nthId(1))).toBeUndefined();
  });

  const json = (body: unknown) => ({
    ...starter,
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

  it.each([
    [
      { size: 48_211, sha256 },
      { minBytes: 48_211, maxBytes: 48_211, sha256 },
    ],
    [{ size: 1 }, { minBytes: 1, maxBytes: 1 }],
    [{ size: 2 ** 21 }, { minBytes: 2 ** 21, maxBytes: 2 ** 21 }],
    [{ sha256 }, { minBytes: 1, maxBytes: 2 ** 21, sha256 }],
    [{}, { minBytes: 1, maxBytes: 2 ** 21 }],
  ])('of an image announced as %j gives a form for nothing else', async (announced, limits) => {
    const response = await send(setUpUploads().create, json(announced));
    expect(response).toMatchObject({ status: 201, json: { upload: { max_bytes: limits.maxBytes } } });
    expect(JSON.parse(response.json.upload.fields.limits)).toEqual(limits);
  });

  it('takes the announcement as bytes too, and any spelling of its type', async () => {
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    const response = await send(setUpUploads().create, { ...starter, headers, body: Buffer.from('{"size":7}') });
    expect(response).toMatchObject({ status: 201, json: { upload: { max_bytes: 7 } } });
  });

  it.each<[string, number, RegExp, Call]>([
    ['of another type', 415, /application\/json only\. Send no body, or JSON/, { ...starter, body: '{}' }],
    ['that is not JSON', 400, /not JSON\. Send no body, or JSON such as \{"size"/, json('{"size":')],
    ['that is no object', 400, /not a JSON object/, json([1])],
    ['with another field', 400, /neither size nor sha256/, json({ size: 1, sha265: sha256 })],
    ['with a field that objects inherit', 400, /neither size nor sha256/, json('{"__proto__":{"size":1}}')],
    ['with a size in words', 400, /size is not a whole number/, json({ size: '1' })],
    ['with half a byte', 400, /size is not a whole number/, json({ size: 1.5 })],
    ['with less than nothing', 400, /size is not a whole number/, json({ size: -1 })],
    ['with a size that is too large for a number', 400, /size is not a whole number/, json('{"size":1e400}')],
    ['with a hash that is none', 400, /sha256 is not 64 hex digits/, json({ sha256: 'abc' })],
    ['with a hash in base64', 400, /sha256 is not 64 hex digits/, json({ sha256: `${'A'.repeat(43)}=` })],
    ['of an empty image', 400, /is empty/, json({ size: 0 })],
    ['of an image that is too large', 413, /2 MiB/, json({ size: 2 ** 21 + 1 })],
  ])('refuses an announcement %s with %i, and stores nothing', async (_, status, reason, call) => {
    const { create, rows } = setUpUploads();
    const response = await send(create, call);
    expect(response).toMatchObject({ status, json: { success: false, reason: expect.stringMatching(reason) } });
    expect(await rows.get(nthId(1))).toBeUndefined();
  });

  it('answers any body: with a form, or with what is wrong with it', async () => {
    const { create } = setUpUploads();
    const bodies = fc.oneof(fc.uint8Array(), fc.string(), fc.json(), fc.json({ maxDepth: 50 }));
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const headers = { 'content-type': 'application/json' };
        expect([201, 400, 413]).toContain((await send(create, { ...starter, headers, body })).status);
      }),
      { numRuns: 500 },
    );
  });

  it('stores nothing when the form cannot be signed', async () => {
    const sign = () => Promise.reject(new Error('no credentials'));
    const { create, rows } = setUpUploads({ forms: { sign } });
    expect((await send(create, starter)).status).toBe(500);
    expect(await rows.get(nthId(1))).toBeUndefined();
  });

  it('gives no form for a request that could not be stored', async () => {
    const rows = new MemoryRows();
    rows.add = () => Promise.reject(new Error('no table'));
    expect((await send(setUpUploads({ rows }).create, starter)).status).toBe(500);
  });
});

describe('a request whose image never comes', () => {
  it('is uploading until its time is over, and then has failed', async () => {
    const { create, rows, clock, at } = setUpUploads();
    const read = readPrediction({ rows, history: new MemoryRunHistory(), clock }, new MemoryLog());
    const { json } = await send(create, starter);
    const wanted = { method: 'GET', parameters: { id: json.req_id } };

    at(noon + uploadMs);
    const waiting = await send(read, wanted);
    expect(waiting.json).toMatchObject({ status: 'uploading', preds: null, error: null });
    expect(waiting.headers['cache-control']).toBe('no-store');
    at(noon + uploadMs + 1);
    expect((await send(read, wanted)).json).toMatchObject({
      status: 'failed',
      completed_at: '2026-11-22T12:15:00.000Z',
      error: { code: 'upload_expired', message: expect.stringMatching(/15 minutes/) },
    });
  });
});

describe('a form of S3', () => {
  const policyOf = async (limits: UploadLimits) => {
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' };
    const client = new S3Client({ region: 'eu-west-1', credentials });
    const { url, fields } = await new S3UploadForms(client, 'images', () => noon).sign(
      ...(['uploads/1', limits, noon + formMs] as const),
    );
    client.destroy();
    return { url, fields, policy: JSON.parse(Buffer.from(fields.Policy ?? '', 'base64').toString()) };
  };

  it('holds the browser to one key, 1 byte to 2 MiB, an image type and two minutes', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { url, fields, policy } = await policyOf({ minBytes: 1, maxBytes: 2_097_152 });
    expect(url).toBe('https://images.s3.eu-west-1.amazonaws.com/');
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ['content-length-range', 1, 2_097_152],
        ['starts-with', '$Content-Type', 'image/'],
        { key: 'uploads/1' },
        { bucket: 'images' },
      ]),
    );
    expect(Object.keys(fields).filter((name) => name.includes('checksum'))).toEqual([]);
    const seconds = Date.parse(policy.expiration) / 1000 - before;
    expect(seconds).toBeGreaterThanOrEqual(120);
    expect(seconds).toBeLessThan(130);
  });

  it('for an image whose hash is known holds the browser to it', async () => {
    const { fields, policy } = await policyOf({ minBytes: 7, maxBytes: 7, sha256 });
    const stated = {
      'x-amz-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': createHash('sha256').update('a photo').digest('base64'),
    };
    expect(fields).toMatchObject(stated);
    const signed = Object.entries(stated).map(([name, value]) => ({ [name]: value }));
    expect(policy.conditions).toEqual(expect.arrayContaining([['content-length-range', 7, 7], ...signed]));
  });
});

describe('a form that is posted again and again', () => {
  it('costs one read and one deletion an event once its image has come: nothing is downloaded or decoded', async () => {
    const objects = new MemoryObjects();
    const { rows, uploaded, deliver } = setUpUploads({ objects });
    const id = await uploaded(imageFile('colour-444.jpg'));
    await deliver(created(`uploads/${id}`));
    expect((await rows.get(id))?.status).toBe('pending');

    const calls: string[] = [];
    for (const name of ['get', 'put', 'delete'] as const) {
      const real = objects[name].bind(objects) as (...args: unknown[]) => Promise<unknown>;
      objects[name] = ((...args: unknown[]) => real(...args).finally(() => calls.push(name))) as never;
    }
    await objects.put(`uploads/${id}`, new Uint8Array(1));
    calls.length = 0;
    await deliver(...Array.from({ length: 600 }, () => created(`uploads/${id}`)));
    expect(calls).toEqual(Array.from({ length: 600 }, () => 'delete'));
    expect((await rows.get(id))?.status).toBe('pending');
    expect(objects.keys).toEqual([`tensors/${id}`]);
  });
});
