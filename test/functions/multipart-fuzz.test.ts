import { Busboy } from '@fastify/busboy';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CallerError } from '../../core/errors.ts';
import { readImageBody } from '../../functions/http/image-body.ts';
import { statusOf } from '../../functions/http/refusals.ts';
import { dialects, type FormRequest } from '../support/forms.ts';
import { event, send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { setUp } from './setup.ts';

const forms = dialects(imageFile('grey-2-bit.png')).map(([, request]) => request);
const tokens = ['\r\n', '\r', '\n', '--', '-', ';', '=', '"', '\\', ':', '\0', '\xff', '%', "'", '*', ' ', '\t'];
const words = [
  'boundary',
  'boundary=',
  'name=',
  'filename=',
  'filename*=utf-8',
  'charset=',
  'Content-Type: image/',
  '__proto__',
];
const numRuns = 10_000;

/** A place in a text or body, from 0 to 1. */
const place = fc.double({ min: 0, max: 1, noNaN: true });

type Mutation = (bytes: Buffer) => Buffer;

const at = (bytes: Buffer, where: number) => Math.floor(where * bytes.length);
const replace = fc.tuple(place, fc.nat(255)).map(
  ([where, value]): Mutation =>
    (bytes) => {
      const changed = Buffer.from(bytes);
      if (bytes.length) changed[Math.min(at(bytes, where), bytes.length - 1)] = value;
      return changed;
    },
);
const insert = fc.tuple(place, fc.constantFrom(...tokens, ...words)).map(
  ([where, text]): Mutation =>
    (bytes) => {
      const cut = at(bytes, where);
      return Buffer.concat([bytes.subarray(0, cut), Buffer.from(text, 'latin1'), bytes.subarray(cut)]);
    },
);
const remove = fc.tuple(place, fc.nat(40)).map(
  ([where, count]): Mutation =>
    (bytes) => {
      return Buffer.concat([bytes.subarray(0, at(bytes, where)), bytes.subarray(at(bytes, where) + count)]);
    },
);
const cut = place.map(
  (where): Mutation =>
    (bytes) =>
      bytes.subarray(0, at(bytes, where)),
);
const double = fc.tuple(place, place).map(
  ([from, to]): Mutation =>
    (bytes) =>
      Buffer.concat([bytes, bytes.subarray(at(bytes, from), at(bytes, to))]),
);

const mutations = fc.array(fc.oneof(replace, insert, remove, cut, double), { maxLength: 4 });

const mutated = fc
  .record({
    request: fc.constantFrom(...forms),
    ofBody: mutations,
    ofType: fc.oneof(fc.constant<Mutation[]>([]), mutations),
  })
  .map(({ request, ofBody, ofType }): FormRequest => {
    const type = Buffer.from(request.headers['content-type'] ?? '', 'latin1');
    const changed = (bytes: Buffer, by: readonly Mutation[]) => by.reduce((done, mutation) => mutation(done), bytes);
    return {
      headers: { 'content-type': changed(type, ofType).toString('latin1') },
      body: changed(Buffer.from(request.body), ofBody),
    };
  });

describe('any body and any header', () => {
  // No deadline passes: a call that does not end by itself makes its test run out of time.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it(`${numRuns} mutated forms are read or refused with 4xx; every call ends, and leaves no timer`, {
    timeout: 60_000,
  }, async () => {
    const seen = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(mutated, async (request) => {
        const result = await readImageBody(event(request)).catch((error: unknown) => error);
        if (!(result instanceof Uint8Array)) expectRefusal(result);
        expect(vi.getTimerCount()).toBe(0);
        seen[result instanceof Uint8Array ? 'read' : 'refused']++;
      }),
      { numRuns },
    );
    // The mutations neither break everything nor nothing.
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(numRuns / 20);
  });

  it('and one over which the parser says nothing is refused after five seconds', async () => {
    // No form that is known does this to the parser.
    const silent = vi.spyOn(Busboy.prototype, 'end').mockReturnThis();
    onTestFinished(() => silent.mockRestore());
    const [request = { headers: {}, body: '' }] = forms;
    let refusal: unknown;
    const end = readImageBody(event(request)).catch((error: unknown) => {
      refusal = error;
    });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(refusal).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await end;
    expect(refusal).toMatchObject({ code: 'unreadable_body' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('so are random bytes under a random type', async () => {
    const boundary = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('x', '"', '""', '\\', "x'y'z", '*=x'));
    await fc.assert(
      fc.asyncProperty(boundary, fc.uint8Array({ maxLength: 300 }), async (text, body) => {
        const headers = { 'content-type': `multipart/form-data; boundary=${text}` };
        const result = await readImageBody(event({ headers, body })).catch((error: unknown) => error);
        expectRefusal(result);
      }),
      { numRuns: 2000 },
    );
  });

  it('the function answers the same, and nothing but 202 and 4xx', async () => {
    const { fn } = setUp();
    await fc.assert(
      fc.asyncProperty(mutated, async (request) => {
        const { status, json } = await send(fn, { parameters: { model: 'starter' }, ...request });
        expect(status === 202 || (status >= 400 && status < 500), `status ${status}`).toBe(true);
        expect(json.success).toBe(status === 202);
      }),
      { numRuns: 300 },
    );
  });
});

function expectRefusal(result: unknown): void {
  if (!(result instanceof CallerError)) throw result;
  expect(statusOf[result.code]).toBeGreaterThanOrEqual(400);
  expect(statusOf[result.code]).toBeLessThan(500);
}
