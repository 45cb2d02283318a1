import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Context } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { idempotencyMs } from '../../core/accept.ts';
import { newRequest } from '../../core/request.ts';
import type { Event, HttpFunction } from '../../functions/http/types.ts';
import type { LambdaFunction } from '../../local/cloud/functions.ts';
import { startGateway } from '../../local/cloud/gateway.ts';
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

  it.each([
    ['spaces', '   '],
    ['a no-break space at its end', 'key\u00a0'],
  ])('is refused when it is %s', async (_, key) => {
    expect((await send(setUp().fn, upload(key))).status).toBe(400);
  });

  it.each(['', ' ', '  \t ', '\t'])('is the same with %j around it, on the wire as in the event', async (space) => {
    const { fn } = setUp();
    const key = `a key of ${'k'.repeat(246)}`;
    const { json } = await send(fn, upload(key));
    expect(await send(fn, upload(space + key + space))).toMatchObject({ status: 202, json: { req_id: json.req_id } });

    const gateway = await behindGateway(fn);
    const { headers, body } = upload(key);
    const head = Object.entries({ ...headers, host: 'localhost', connection: 'close', 'content-length': body?.length })
      .map(([name, value]) => `${name}:${name === 'idempotency-key' ? `${space}${value}${space}` : ` ${value}`}\r\n`)
      .join('');
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write(`POST /requestPrediction/starter HTTP/1.1\r\n${head}\r\n`);
    socket.write(body ?? '');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(answer).toContain(`"req_id":"${json.req_id}"`);
  });

  it('may have 255 characters', async () => {
    expect((await send(setUp().fn, upload('k'.repeat(255)))).status).toBe(202);
  });
});

/** The function behind the gateway of local mode. */
async function behindGateway(fn: HttpFunction) {
  const invoke = (event: unknown) => fn(event as Event, {} as Context);
  const gateway = await startGateway({
    ...{ port: 0, throttle: () => true, cors: { preflight: () => undefined, applied: (answer) => answer } },
    routes: [{ key: 'POST /requestPrediction/{model}', target: { invoke } as LambdaFunction }],
    onFailure: (source, problem) => {
      throw new Error(`${source}: ${problem}`);
    },
  });
  onTestFinished(() => gateway.close());
  return gateway;
}
