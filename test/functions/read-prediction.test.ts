import { describe, expect, it } from 'vitest';
import { PlatformError } from '../../core/errors.ts';
import type { Prediction } from '../../core/predictions.ts';
import { newRequest } from '../../core/request.ts';
import { readPrediction } from '../../functions/read-prediction.ts';
import { MemoryLog, send } from '../support/http.ts';
import { MemoryRows, MemoryRunHistory } from '../support/memory.ts';
import { stepsOn } from '../support/steps.ts';

const id = `0123456789abcdef${'e'.repeat(40)}`;
const day = Date.UTC(2026, 10, 22);
const lease = { owner: 'run', until: day + 60_000 };
const predictions: Prediction[] = [
  ['n02123045', 'tabby', 0.61],
  ['n02123159', 'tiger_cat', 0.2],
  ['n02124075', 'Egyptian_cat', 0.1],
  ['n02127052', 'lynx', 0.02],
  ['n02123394', 'Persian_cat', 0.01],
];

async function setUp() {
  const rows = new MemoryRows();
  const log = new MemoryLog();
  await rows.add(newRequest(id, 'resnet50', day));
  const history = new MemoryRunHistory();
  const fn = readPrediction({ rows, history, clock: () => day }, log);
  const read = (method = 'GET', wanted = id) => send(fn, { method, parameters: { id: wanted } });
  return { rows, history, log, fn, read };
}

const pending = {
  ...{ preds: null, status: 'pending', model: 'resnet50', created_at: '2026-11-22T00:00:00.000Z' },
  ...{ started_at: null, completed_at: null, attempts: 0, error: null },
  ...{ queue: { position: 1, next_run_at: null }, typical_seconds: null },
};

describe('GET or POST /readPrediction/{id}', () => {
  it.each(['GET', 'POST'])('%s tells how a request stands, first of all without predictions', async (method) => {
    const { read } = await setUp();
    const response = await read(method);
    expect(response).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(response.json).toEqual(pending);
  });

  it('tells that it runs', async () => {
    const { rows, read } = await setUp();
    await stepsOn(rows).claim(id, lease, day + 1000);
    const response = await read();
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(response.json).toEqual({
      ...{ ...pending, status: 'running', started_at: '2026-11-22T00:00:01.000Z', attempts: 1 },
      queue: { position: 0, next_run_at: null },
    });
  });

  it('tells the place in the queue, the next run and what is typical, as far as they are known', async () => {
    const { rows, history, read } = await setUp();
    for (let older = 1; older <= 3; older++) await rows.add(newRequest(`${older}`, 'resnet50', day - older));
    await rows.add(newRequest('other', 'vgg16', day - 1));
    await history.began(day - 60_000, 600_000);
    await history.took({ resnet50: [20, 30, 10], vgg16: [99, 99, 99] });
    const next_run_at = '2026-11-22T00:09:00.000Z';
    expect((await read()).json).toMatchObject({ queue: { position: 4, next_run_at }, typical_seconds: 20 });
    await stepsOn(rows).claim(id, lease, day);
    expect((await read()).json).toMatchObject({ queue: { position: 0, next_run_at }, typical_seconds: 20 });

    rows.ahead = async () => undefined;
    await stepsOn(rows).release(id, 'run');
    expect((await read()).json).toMatchObject({ queue: { position: null, next_run_at } });
  });

  it('answers without the next run when the history cannot be read, and logs why', async () => {
    const { history, log, read } = await setUp();
    const error = new PlatformError('aws_unavailable', 'x');
    history.get = () => Promise.reject(error);
    expect(await read()).toMatchObject({ status: 200, json: pending });
    expect(log.lines).toMatchObject([{ message: expect.stringMatching(/could not be read/), error }, { status: 200 }]);
  });

  it('answers without it when the history makes no sense', async () => {
    const { history, read } = await setUp();
    history.get = async () => ({ lastStart: day, period: 1, seconds: { resnet50: 5 as never } });
    expect(await read()).toMatchObject({ status: 200, json: pending });
  });

  it('answers without the place in the queue when that cannot be counted, and logs why', async () => {
    const { rows, history, log, read } = await setUp();
    await history.began(day - 60_000, 600_000);
    const error = new PlatformError('aws_unavailable', 'x');
    rows.ahead = () => Promise.reject(error);
    const queue = { position: null, next_run_at: '2026-11-22T00:09:00.000Z' };
    expect(await read()).toMatchObject({ status: 200, json: { ...pending, queue } });
    expect(log.lines).toMatchObject([{ error }, { status: 200 }]);
  });

  it('gives five predictions when it is done, and which weights made them', async () => {
    const { rows, read } = await setUp();
    await stepsOn(rows).claim(id, lease, day + 1000);
    await stepsOn(rows).complete(id, 'run', { predictions, weights: 'synthetic', provider: '0xabc' }, day + 2000);
    const response = await read();
    // Else an answer could be read from a cache after it was erased.
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store' });
    const { queue: _, typical_seconds: __, ...ended } = pending;
    expect(response.json).toEqual({
      ...{ ...ended, preds: predictions, status: 'done', weights: 'synthetic', attempts: 1 },
      ...{ started_at: '2026-11-22T00:00:01.000Z', completed_at: '2026-11-22T00:00:02.000Z' },
    });
  });

  it('gives the reason when it has failed', async () => {
    const { rows, read } = await setUp();
    const failure = { code: 'bad_answer', message: 'No provider gave a good answer.' };
    await stepsOn(rows).claim(id, lease, day + 1000);
    await stepsOn(rows).fail(id, 'run', failure, day + 2000);
    const response = await read();
    expect(response.json).toMatchObject({ preds: null, status: 'failed', error: failure });
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store' });
  });

  it('gives no error while there will be another attempt', async () => {
    const { rows, read } = await setUp();
    await stepsOn(rows).claim(id, lease, day + 1000);
    await stepsOn(rows).retry(id, 'run', { code: 'bad_answer', message: 'x' }, day + 2000);
    expect((await read()).json).toMatchObject({ status: 'pending', attempts: 1, error: null });
  });

  it('takes an id in upper case too', async () => {
    expect((await (await setUp()).read('GET', id.toUpperCase())).status).toBe(200);
  });

  it('answers HEAD as GET, without the body', async () => {
    const { read } = await setUp();
    const [get, head] = [await read(), await read('HEAD')];
    expect(head).toEqual({ ...get, text: '', json: undefined });
  });

  it.each([
    ['unknown', 'f'.repeat(56)],
    ['too short', id.slice(1)],
    ['too long', `${id}0`],
    ['not hex', `g${id.slice(1)}`],
    ['that of an idempotency key', 'idempotency-key#0'],
    ['empty', ''],
  ])('is 404 for an id that is %s', async (_, wanted) => {
    const { read } = await setUp();
    const response = await read('GET', wanted);
    expect(response.status).toBe(404);
    expect(response.json).toEqual({ success: false, reason: expect.stringMatching(/no request of this id/) });
  });

  it('looks nothing up that cannot be an id', async () => {
    const { rows, read } = await setUp();
    rows.get = () => Promise.reject(new Error('looked up'));
    expect((await read('GET', 'idempotency-key#0')).status).toBe(404);
    expect((await read('GET', id)).status).toBe(500);
  });

  it('refuses other methods', async () => {
    const response = await (await setUp()).read('PUT');
    expect(response).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST' } });
  });

  it('does not log the id, with which anyone could read the result', async () => {
    const { log, read } = await setUp();
    await read();
    await read('GET', 'f'.repeat(56));
    expect(JSON.stringify(log.lines)).not.toMatch(/[0-9a-f]{9}/);
    expect(log.lines).toMatchObject([
      { message: 'served', status: 200, request: id.slice(0, 8), state: 'pending' },
      { message: 'refused', status: 404, request: 'ffffffff', code: 'unknown_request' },
    ]);
  });
});
