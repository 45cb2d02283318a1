import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { S3UploadForms } from '../../aws/s3-upload-forms.ts';
import { formMs } from '../../core/create-upload.ts';
import { newUpload, uploadMs } from '../../core/request.ts';
import { readPrediction } from '../../functions/read-prediction.ts';
import { MemoryLog, send } from '../support/http.ts';
import { MemoryRows, MemoryRunHistory } from '../support/memory.ts';
import { noon, nthId } from './setup.ts';
import { setUpUploads } from './uploads.ts';

const route = '/uploads/{model}';
const starter = { route, parameters: { model: 'starter' } };

describe('POST /uploads/{model}', () => {
  it('gives 201 with the id, the form, its end, and where the predictions will be', async () => {
    const { create, rows } = setUpUploads();
    const response = await send(create, starter);
    const readUrl = `https://api.example/readPrediction/${nthId(1)}`;
    const fields = { key: `uploads/${nthId(1)}`, maxBytes: '2097152', expiresAt: String(noon + formMs) };
    expect(response).toMatchObject({ status: 201, headers: { location: readUrl, 'cache-control': 'no-store' } });
    expect(response.json).toEqual({
      ...{ success: true, req_id: nthId(1), model: 'starter', status: 'uploading', read_url: readUrl },
      upload: {
        ...{ url: 'https://s3.example/images', fields },
        ...{ expires_at: '2026-11-22T12:05:00.000Z', max_bytes: 2_097_152 },
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

it('a form of S3 holds the browser to one key, 1 byte to 2 MiB, an image type and five minutes', async () => {
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' };
  const client = new S3Client({ region: 'eu-west-1', credentials });
  const before = Math.floor(Date.now() / 1000);
  const { url, fields } = await new S3UploadForms(client, 'images', () => noon).sign(
    'uploads/1',
    2_097_152,
    noon + formMs,
  );
  client.destroy();
  const policy = JSON.parse(Buffer.from(fields.Policy ?? '', 'base64').toString());

  expect(url).toBe('https://images.s3.eu-west-1.amazonaws.com/');
  expect(policy.conditions).toEqual(
    expect.arrayContaining([
      ['content-length-range', 1, 2_097_152],
      ['starts-with', '$Content-Type', 'image/'],
      { key: 'uploads/1' },
      { bucket: 'images' },
    ]),
  );
  const seconds = Date.parse(policy.expiration) / 1000 - before;
  expect(seconds).toBeGreaterThanOrEqual(300);
  expect(seconds).toBeLessThan(310);
});
