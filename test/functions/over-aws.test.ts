import { afterAll, beforeAll, expect, it } from 'vitest';
import type { IdempotencyKeys, Objects, RequestRows, RunHistory } from '../../core/ports.ts';
import { deletePrediction } from '../../functions/delete-prediction.ts';
import { readPrediction } from '../../functions/read-prediction.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { type Backend, historyOn, keysOn, objectsOn, rowsOn } from '../support/backends.ts';
import { startDynalite } from '../support/dynamo.ts';
import { filePart, form } from '../support/forms.ts';
import { MemoryLog, send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { startFauxS3 } from '../support/s3.ts';
import { setUp } from './setup.ts';

let backends: [Backend<RequestRows>, Backend<IdempotencyKeys>, Backend<Objects>, Backend<RunHistory>];

beforeAll(async () => {
  backends = await Promise.all([
    rowsOn(startDynalite)(),
    keysOn(startDynalite)(),
    objectsOn(startFauxS3)(),
    historyOn(startDynalite)(),
  ]);
});
afterAll(() => Promise.all(backends.map((backend) => backend.close())));

it('the functions work over DynamoDB and S3 as they do in memory', async () => {
  const [rows, idempotency, objects, history] = await Promise.all([
    backends[0].open(),
    backends[1].open(),
    backends[2].open(),
    backends[3].open(),
  ]);
  const { fn } = setUp({ rows, idempotency, objects });
  const photo = imageFile('colour-444.jpg');
  const { headers, body } = form('boundary', [filePart(photo)]);
  const call = { parameters: { model: 'starter' }, headers: { ...headers, 'idempotency-key': 'key' }, body };

  const calls = await Promise.all([send(fn, call), send(fn, call), send(fn, call)]);
  const [id, ...others] = [...new Set(calls.map(({ json }) => json.req_id))];
  expect(calls.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(others).toEqual([]);
  expect(await objects.get(`tensors/${id}`)).toEqual(await prepareImage(photo, 224));

  const read = readPrediction({ rows, history, clock: Date.now }, new MemoryLog());
  expect(await send(read, { parameters: { id } })).toMatchObject({
    status: 200,
    json: { preds: null, status: 'pending', queue: { position: 1, next_run_at: null } },
  });
  const remove = deletePrediction({ rows, objects, clock: Date.now }, new MemoryLog());
  const deletion = { method: 'DELETE', route: '/predictions/{id}', parameters: { id } };
  expect((await send(remove, deletion)).status).toBe(204);
  expect(await objects.get(`tensors/${id}`)).toBeUndefined();
  expect((await send(read, { parameters: { id } })).status).toBe(404);
});
