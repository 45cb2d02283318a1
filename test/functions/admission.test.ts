import { describe, expect, it } from 'vitest';
import { Admission } from '../../core/admission.ts';
import { createUpload } from '../../functions/create-upload.ts';
import { deletePrediction } from '../../functions/delete-prediction.ts';
import { type Call, MemoryLog, send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { MemoryObjects, MemoryQuotas, MemoryRows } from '../support/memory.ts';
import { noon, nthId, setUp } from './setup.ts';
import { plainForms } from './uploads.ts';

const photo = imageFile('colour.png');

/** Both functions that make requests, with a bound on what may wait and on what a key may send. */
function bounded(limits: { backlog?: number; dailyRequests?: number }) {
  const rows = new MemoryRows();
  const objects = new MemoryObjects();
  let now = noon;
  const clock = () => now;
  const quotas = new MemoryQuotas();
  const admission = new Admission({ rows, quotas, clock }, { backlog: 100, dailyRequests: 100, ...limits });
  const { services, fn } = setUp({ rows, objects, admission, clock });
  const create = createUpload({ ...services, forms: plainForms }, new MemoryLog());
  return {
    ...{ rows, objects, services },
    submit: (call: Partial<Call> = {}) => send(fn, { ...submission, ...call }),
    ask: (call: Partial<Call> = {}) =>
      send(create, { route: '/uploads/{model}', parameters: { model: 'starter' }, ...call }),
    wait: (ms: number) => {
      now += ms;
    },
  };
}

const submission = { parameters: { model: 'starter' }, headers: { 'content-type': 'image/png' }, body: photo };

describe('a full queue', () => {
  it('takes no more images, and says how many wait and when to come back', async () => {
    const { submit, ask, objects, wait } = bounded({ backlog: 2 });
    await submit();
    await submit();
    wait(5000);
    for (const refused of [await submit(), await ask()]) {
      expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '600' } });
      expect(refused.json.reason).toContain('2 images wait for EfficientNet_Lite0');
    }
    expect(objects.keys).toHaveLength(2);
    expect((await submit({ parameters: { model: 'resnet50' } })).status).toBe(202);
  });
});

describe('the quota of an API key', () => {
  it('ends for the day, for both ways of sending together', async () => {
    const { submit, ask, rows, objects, wait } = bounded({ dailyRequests: 2 });
    expect((await submit({ sender: 'a' })).status).toBe(202);
    expect((await ask({ sender: 'a' })).status).toBe(201);
    for (const refused of [await submit({ sender: 'a' }), await ask({ sender: 'a' })]) {
      expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': `${12 * 3600}` } });
    }
    expect(objects.keys).toHaveLength(1);
    expect(await rows.get(nthId(3))).toBeUndefined();
    expect((await submit({ sender: 'b' })).status).toBe(202);
    wait(12 * 3_600_000);
    expect((await submit({ sender: 'a' })).status).toBe(202);
  });

  it('is not spent by a submission that is sent again, or refused', async () => {
    const { submit } = bounded({ dailyRequests: 1 });
    expect((await submit({ sender: 'a', body: Buffer.from('no image') })).status).toBe(415);
    const headers = { ...submission.headers, 'idempotency-key': 'key' };
    expect((await submit({ sender: 'a', headers })).status).toBe(202);
    expect((await submit({ sender: 'a', headers })).status).toBe(202);
  });
});

describe('senders with the same Idempotency-Key and the same picture', () => {
  it('have requests of their own, and one cannot erase that of the other', async () => {
    const { submit, services, rows } = bounded({});
    const headers = { ...submission.headers, 'idempotency-key': 'key' };
    const [a, b] = [await submit({ sender: 'a', headers }), await submit({ sender: 'b', headers })];
    expect(a.json.req_id).not.toBe(b.json.req_id);
    const erase = deletePrediction(services, new MemoryLog());
    await send(erase, { method: 'DELETE', route: '/predictions/{id}', parameters: { id: a.json.req_id } });
    expect(await rows.get(b.json.req_id)).toMatchObject({ status: 'pending', sender: 'b' });
    expect((await submit({ sender: 'b', headers })).json.req_id).toBe(b.json.req_id);
  });

  it("do not squat each other's keys with other pictures", async () => {
    const { submit } = bounded({});
    const headers = { ...submission.headers, 'idempotency-key': 'key' };
    await submit({ sender: 'a', headers });
    expect((await submit({ sender: 'b', headers, body: imageFile('grey.png') })).status).toBe(202);
  });
});
