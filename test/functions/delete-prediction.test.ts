import { describe, expect, it } from 'vitest';
import { newRequest } from '../../core/request.ts';
import { deletePrediction } from '../../functions/delete-prediction.ts';
import { send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { MemoryObjects } from '../support/memory.ts';
import { stepsOn } from '../support/steps.ts';
import { noon, nthId, setUp } from './setup.ts';

const route = '/predictions/{id}';
const id = nthId(1);

async function accepted() {
  const { services, fn, rows, objects, log } = setUp();
  const headers = { 'content-type': 'image/png', 'idempotency-key': 'key' };
  const submit = () => send(fn, { parameters: { model: 'starter' }, headers, body: imageFile('colour.png') });
  await submit();
  const erase = deletePrediction(services, log);
  const remove = (wanted = id, method = 'DELETE') => send(erase, { method, route, parameters: { id: wanted } });
  return { services, rows, objects, log, submit, remove };
}

describe('DELETE /predictions/{id}', () => {
  it('leaves nothing of a request that waits', async () => {
    const { rows, objects, remove } = await accepted();
    expect(await remove()).toMatchObject({ status: 204, text: '' });
    expect(await rows.get(id)).toMatchObject({ status: 'erased', cleared: true });
    expect(objects.keys).toEqual([]);
  });

  it('leaves nothing of one that is worked on, has ended, or still waits for its image', async () => {
    const { rows, objects, remove } = await accepted();
    await stepsOn(rows).claim(id, { owner: 'run', until: noon + 1 }, noon);
    expect((await remove()).status).toBe(204);

    await rows.add(newRequest(nthId(2), 'starter', noon));
    await stepsOn(rows).claim(nthId(2), { owner: 'run', until: noon + 1 }, noon);
    await stepsOn(rows).complete(nthId(2), 'run', { predictions: [], weights: 'official', provider: '0xp' }, noon);
    expect((await remove(nthId(2))).status).toBe(204);

    await rows.add({ ...newRequest(nthId(3), 'starter', noon), status: 'uploading', uploadUntil: noon + 1 });
    await objects.put(`uploads/${nthId(3)}`, new Uint8Array(1));
    expect((await remove(nthId(3).toUpperCase())).status).toBe(204);

    for (const n of [1, 2, 3]) expect(await rows.get(nthId(n))).toMatchObject({ status: 'erased', cleared: true });
    expect(objects.keys).toEqual([]);
  });

  it('is 404 for what is not there, or not any more', async () => {
    const { remove } = await accepted();
    await remove();
    for (const wanted of [id, nthId(9), 'recent-runs', 'idempotency-key#0']) {
      expect((await remove(wanted)).status).toBe(404);
    }
  });

  it('can be called again when it was broken off', async () => {
    const objects = new MemoryObjects();
    const { services, rows, remove, log } = await accepted();
    objects.delete = () => Promise.reject(new Error('S3 is away'));
    const broken = deletePrediction({ ...services, objects }, log);
    expect((await send(broken, { method: 'DELETE', route, parameters: { id } })).status).toBe(500);
    expect(await rows.get(id)).toMatchObject({ status: 'erased', cleared: false });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
  });

  it('lets the same submission make the request anew', async () => {
    const { rows, submit, remove } = await accepted();
    await remove();
    const { status, json } = await submit();
    expect({ status, json }).toMatchObject({ status: 202, json: { status: 'pending' } });
    expect(json.req_id).not.toBe(id);
    expect(await rows.get(json.req_id)).toMatchObject({ status: 'pending' });
    expect(await submit()).toMatchObject({ status: 202, json: { req_id: json.req_id } });
  });

  it('refuses other methods, and does not log the id', async () => {
    const { log, remove } = await accepted();
    expect(await remove(id, 'GET')).toMatchObject({ status: 405, headers: { allow: 'DELETE' } });
    await remove();
    expect(JSON.stringify(log.lines)).not.toContain(id);
  });
});
