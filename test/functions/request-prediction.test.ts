import { describe, expect, it } from 'vitest';
import { maxImageBytes } from '../../core/image-limits.ts';
import { newRequest } from '../../core/request.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { dialects, filePart, form, textPart } from '../support/forms.ts';
import { type Call, send } from '../support/http.ts';
import { imageFile, pngHeader } from '../support/image-files.ts';
import { MemoryObjects, MemoryRows } from '../support/memory.ts';
import { noon, nthId, setUp } from './setup.ts';

const photo = imageFile('colour-444.jpg');
const starter = { model: 'starter' };
const upload = (image: Uint8Array = photo): Call => ({ parameters: starter, ...form('boundary', [filePart(image)]) });

describe('an image that is taken', () => {
  it('gets 202 with the id, the model, the status and the address of its predictions', async () => {
    const { fn } = setUp();
    const response = await send(fn, upload());
    const readUrl = `https://api.example/readPrediction/${nthId(1)}`;
    expect(response.status).toBe(202);
    expect(response.json).toEqual({
      ...{ success: true, req_id: nthId(1), model: 'starter', status: 'pending', read_url: readUrl },
    });
    expect(response.headers).toMatchObject({ location: readUrl, 'content-type': 'application/json' });
  });

  it('is stored prepared, under a pending request', async () => {
    const { fn, rows, objects } = setUp();
    await send(fn, upload());
    expect(await rows.get(nthId(1))).toEqual(newRequest(nthId(1), 'starter', noon));
    expect(objects.keys).toEqual([`tensors/${nthId(1)}`]);
    expect(await objects.get(`tensors/${nthId(1)}`)).toEqual(await prepareImage(photo, 224));
  });

  it.each(dialects(photo))('is understood from %s', async (_, request) => {
    const { fn, objects } = setUp();
    expect(await send(fn, { parameters: starter, ...request })).toMatchObject({ status: 202 });
    expect(await objects.get(`tensors/${nthId(1)}`)).toEqual(await prepareImage(photo, 224));
  });

  it.each(['image/jpeg', 'Image/JPEG; q=1', 'image/png'])('may be the body itself, as %s', async (type) => {
    const { fn } = setUp();
    const response = await send(fn, { parameters: starter, headers: { 'Content-Type': type }, body: photo });
    expect(response.status).toBe(202);
  });

  it('may have exactly 2 MiB', async () => {
    const padded = Buffer.concat([photo, new Uint8Array(maxImageBytes - photo.length)]);
    expect(await send(setUp().fn, upload(padded))).toMatchObject({ status: 202 });
  });

  it.each(['STARTER', 'EfficientNet_Lite0', 'resnet-50', 'ResNet50'])('may name its model %s', async (model) => {
    expect(await send(setUp().fn, { ...upload(), parameters: { model } })).toMatchObject({ status: 202 });
  });

  it('learns an address with the scheme by which it came, at home', async () => {
    const call = upload();
    const headers = { ...call.headers, 'x-forwarded-proto': 'http' };
    const response = await send(setUp().fn, { ...call, headers, domainName: 'localhost:3000' });
    expect(response.json.read_url).toBe(`http://localhost:3000/readPrediction/${nthId(1)}`);
  });
});

const jpeg = { 'content-type': 'image/jpeg' };
const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
const whole = form('x', [filePart(photo)]).body;
const refusals: [string, number, RegExp, Call][] = [
  ['no content type', 415, /no Content-Type.*multipart\/form-data/, { body: photo }],
  ['JSON', 415, /application\/json is not taken/, { headers: { 'content-type': 'application/json' }, body: '{}' }],
  [
    'a plain form',
    415,
    /urlencoded/,
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
  ],
  ['another multipart type', 415, /multipart\/mixed/, { headers: { 'content-type': 'multipart/mixed; boundary=x' } }],
  ['no body', 400, /empty/, { headers: jpeg }],
  ['no body of a form', 400, /not a readable/, { headers: multipart }],
  ['no boundary', 400, /not a readable/, { headers: { 'content-type': 'multipart/form-data' }, body: whole }],
  ['another boundary', 400, /not a readable/, form('y', [filePart(photo)], multipart['content-type'])],
  ['a form cut off in its file', 400, /not a readable/, { headers: multipart, body: whole.subarray(0, -60) }],
  ['a form cut off in its headers', 400, /not a readable/, { headers: multipart, body: whole.subarray(0, 30) }],
  ['a form without fields', 400, /no file in the field image/, form('x', [])],
  ['a form with a text only', 400, /no file in the field image/, form('x', [textPart('note', 'hi')])],
  ['a text in field image', 400, /holds a text.*-F image=@/, form('x', [textPart('image', 'cat.jpg')])],
  ['a file in another field', 400, /must be in the field image/, form('x', [filePart(photo, 'file')])],
  ['two files', 400, /several files/, form('x', [filePart(photo), filePart(photo)])],
  ['a hundred texts', 400, /not a readable/, form('x', Array(100).fill(textPart('a', 'b')))],
  ['an empty file', 400, /empty/, form('x', [filePart('')])],
  ['a truncated image', 400, /cut off or corrupt/, form('x', [filePart(photo.subarray(0, -200))])],
  ['a file over 2 MiB', 413, /2 MiB/, form('x', [filePart(new Uint8Array(maxImageBytes + 1))])],
  ['a body over 2 MiB', 413, /2 MiB/, { headers: jpeg, body: new Uint8Array(maxImageBytes + 1) }],
  ['a text as a file', 415, /JPEG, PNG, GIF or WebP/, form('x', [filePart('hello')])],
  ['a BMP', 415, /a BMP image/, form('x', [filePart('BM....')])],
  ['no pixels', 422, /no pixels/, form('x', [filePart(pngHeader(0, 0))])],
  ['400 million pixels', 422, /40 million/, form('x', [filePart(pngHeader(20_000, 20_000))])],
  ['an unknown model', 404, /The models are: starter, densenet121/, { ...upload(), parameters: { model: 'alexnet' } }],
  ['no model', 404, /The models are/, { ...upload(), parameters: {} }],
  ['a model that is not installed', 503, /npm run zoo -- pull vgg16/, { ...upload(), parameters: { model: 'VGG16' } }],
  ['another method', 405, /takes POST, not GET/, { ...upload(), method: 'GET' }],
];

describe('a refusal', () => {
  it.each(refusals)('of %s is %i, with its reason, and nothing is stored', async (_, status, reason, call) => {
    const { fn, rows, objects } = setUp();
    const response = await send(fn, { parameters: starter, ...call });
    expect(response.json).toEqual({ success: false, reason: expect.stringMatching(reason) });
    expect(response.status).toBe(status);
    expect(objects.keys).toEqual([]);
    expect(await rows.get(nthId(1))).toBeUndefined();
  });

  it('of a method names the right one', async () => {
    const response = await send(setUp().fn, { ...upload(), method: 'DELETE' });
    expect(response).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('when a store fails', () => {
  class Failing extends Error {}
  const down = async () => {
    throw new Failing('connect ECONNREFUSED dynamodb.internal:8000');
  };

  it('the image is not left behind, and the caller learns nothing of the inside', async () => {
    const rows = new MemoryRows();
    rows.add = down;
    const { fn, objects, log } = setUp({ rows });
    const response = await send(fn, upload());
    expect(response.status).toBe(500);
    expect(response.text).not.toMatch(/dynamodb|ECONN|stack|Failing|at /);
    expect(objects.keys).toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ error: expect.any(Failing) }));
  });

  it('no request is added without its image', async () => {
    const objects = new MemoryObjects();
    objects.put = down;
    const { fn, rows } = setUp({ objects });
    expect(await send(fn, upload())).toMatchObject({ status: 500 });
    expect(await rows.get(nthId(1))).toBeUndefined();
  });

  it('a request that was added although the answer got lost is answered, once', async () => {
    const rows = new MemoryRows();
    const add = rows.add.bind(rows);
    rows.add = async (request) => (await add(request)) && add(request);
    const { fn, objects } = setUp({ rows });
    expect(await send(fn, upload())).toMatchObject({ status: 202, json: { req_id: nthId(1) } });
    expect(objects.keys).toEqual([`tensors/${nthId(1)}`]);
  });
});
