import { describe, expect, it } from 'vitest';
import { idempotencyMs } from '../../core/accept.ts';
import { newRequest } from '../../core/request.ts';
import { filePart, form } from '../support/forms.ts';
import { type Call, send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { MemoryRows } from '../support/memory.ts';
import { stepsOn } from '../support/steps.ts';
import { noon, nthId, setUp } from './setup.ts';

const photo = imageFile('colour-444.jpg');
const other = imageFile('grey.jpg');

function upload(key: string, image = photo, model = 'starter'): Call {
  const { headers, body } = form('boundary', [filePart(image)]);
  return { parameters: { model }, headers: { ...headers, 'idempotency-key': key }, body };
}

describe('Idempotency-Key', () => {
  it('gives the same id for the same key and model, also after the request has ended', async () => {
    const { fn, rows, objects } = setUp();
    const first = await send(fn, upload('key'));
    await stepsOn(rows).claim(nthId(1), { owner: 'run', until: noon + 1 }, noon);
    await stepsOn(rows).fail(nthId(1), 'run', { code: 'x', message: 'x' }, noon);
    await objects.delete(`tensors/${nthId(1)}`);
    const again = await send(fn, upload('key'));
    expect(again).toMatchObject({ status: 202, json: { req_id: first.json.req_id, status: 'failed' } });
    expect(objects.keys).toEqual([]);
  });

  it('gives one id to calls at the same time, and one request', async () => {
    const { fn, objects } = setUp();
    const responses = await Promise.all(Array.from({ length: 8 }, () => send(fn, upload('key'))));
    expect(new Set(responses.map(({ json }) => json.req_id)).size).toBe(1);
    expect(objects.keys).toHaveLength(1);
  });

  it.each([
    ['another key', upload('other key')],
    ['another model', upload('key', photo, 'resnet50')],
  ])('gives another id for %s', async (_, call) => {
    const { fn } = setUp();
    const first = await send(fn, upload('key'));
    const second = await send(fn, call);
    expect(second.status).toBe(202);
    expect(second.json.req_id).not.toBe(first.json.req_id);
  });

  it('refuses another image under the same key, and stores nothing of it', async () => {
    const { fn, objects } = setUp();
    await send(fn, upload('key'));
    const response = await send(fn, upload('key', other));
    expect(response).toMatchObject({
      status: 409,
      json: { success: false, reason: expect.stringMatching(/another image/) },
    });
    expect(objects.keys).toHaveLength(1);
  });

  it('is forgotten after a day', async () => {
    let now = noon;
    const { fn } = setUp({ clock: () => now });
    await send(fn, upload('key'));
    now += idempotencyMs;
    expect((await send(fn, upload('key', other))).status).toBe(409);
    now += 1;
    expect((await send(fn, upload('key', other))).status).toBe(202);
  });

  it('completes a submission that had stopped between its steps', async () => {
    const rows = new MemoryRows();
    const add = rows.add.bind(rows);
    rows.add = () => Promise.reject(new Error('the process was killed'));
    const { fn, objects } = setUp({ rows });
    expect((await send(fn, upload('key'))).status).toBe(500);
    await objects.delete(`tensors/${nthId(1)}`);

    rows.add = add;
    expect(await send(fn, upload('key'))).toMatchObject({ status: 202, json: { req_id: nthId(1) } });
    expect(await rows.get(nthId(1))).toEqual(newRequest(nthId(1), 'starter', noon));
    expect(objects.keys).toEqual([`tensors/${nthId(1)}`]);
  });

  it('a late failure of the first call does not take the image from the second', async () => {
    const rows = new MemoryRows();
    const add = rows.add.bind(rows);
    const failed = Promise.withResolvers<boolean>();
    rows.add = () => failed.promise;
    const { fn, objects } = setUp({ rows });
    const first = send(fn, upload('key'));
    await expect.poll(() => objects.keys).toHaveLength(1);
    rows.add = add;
    await send(fn, upload('key'));
    failed.reject(new Error('too late'));
    expect((await first).status).toBe(500);
    expect(objects.keys).toHaveLength(1);
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['not ASCII', 'clé'],
    ['with a control character', 'a\tb'],
  ])('is refused when it is %s', async (_, key) => {
    const { fn, objects } = setUp();
    const response = await send(fn, upload(key));
    expect(response).toMatchObject({
      status: 400,
      json: { reason: expect.stringMatching(/1 to 255 printable ASCII/) },
    });
    expect(objects.keys).toEqual([]);
  });

  it('may have 255 characters', async () => {
    expect((await send(setUp().fn, upload('k'.repeat(255)))).status).toBe(202);
  });
});
