import { describe, expect, it } from 'vitest';
import { authorizer } from '../../functions/authorizer.ts';
import { readPrediction } from '../../functions/read-prediction.ts';
import { filePart, form, textPart } from '../support/forms.ts';
import { MemoryLog, send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { MemoryRunHistory } from '../support/memory.ts';
import { setUp } from './setup.ts';
import { setUpUploads } from './uploads.ts';

const photo = filePart(imageFile('colour.png'));

/** What every object in JavaScript has, though nobody gave it. */
describe.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])('%s', (name) => {
  it('is no model', async () => {
    const { fn } = setUp();
    const { create } = setUpUploads();
    const parameters = { model: name };
    expect((await send(fn, { parameters, ...form('boundary', [photo]) })).status).toBe(404);
    expect((await send(create, { parameters, route: '/uploads/{model}' })).status).toBe(404);
  });

  it('is no request', async () => {
    const { services } = setUp();
    const read = readPrediction({ ...services, history: new MemoryRunHistory() }, new MemoryLog());
    expect((await send(read, { parameters: { id: name } })).status).toBe(404);
  });

  it('as a type of content is not taken', async () => {
    const { fn } = setUp();
    const headers = { 'content-type': name };
    expect((await send(fn, { parameters: { model: 'starter' }, headers, body: photo.content })).status).toBe(415);
  });

  it('is a field like any other beside the image, and in its place is refused', async () => {
    const { fn } = setUp();
    const parameters = { model: 'starter' };
    expect((await send(fn, { parameters, ...form('b', [textPart(name, 'x'), photo]) })).status).toBe(202);
    const renamed = await send(fn, { parameters, ...form('b', [filePart(photo.content, name)]) });
    expect(renamed).toMatchObject({
      status: 400,
      json: { reason: expect.stringMatching(/must be in the field image/) },
    });
  });

  it('as a header changes nothing', async () => {
    const { fn } = setUp();
    const sent = form('b', [photo]);
    const headers = Object.fromEntries([...Object.entries(sent.headers), [name, 'x']]);
    expect((await send(fn, { parameters: { model: 'starter' }, ...sent, headers })).status).toBe(202);
  });

  it('as a header or as a key lets nobody pass', async () => {
    const check = authorizer({ get: async () => undefined });
    for (const headers of [{ [name]: 'x' }, { 'x-api-key': name }]) {
      expect(await check({ headers })).toEqual({ isAuthorized: false });
    }
  });
});
