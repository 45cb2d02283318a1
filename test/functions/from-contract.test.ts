import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deletePrediction } from '../../functions/delete-prediction.ts';
import type { HttpFunction } from '../../functions/http/types.ts';
import { listModels } from '../../functions/list-models.ts';
import { readContract } from '../../functions/read-contract.ts';
import { readPrediction } from '../../functions/read-prediction.ts';
import { contract, type Operation, type Parameter, type Schema } from '../support/contract.ts';
import { filePart, form } from '../support/forms.ts';
import { type Call, type Response, send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { MemoryRunHistory } from '../support/memory.ts';
import { readPage } from './page.ts';
import { installed, setUp } from './setup.ts';
import { setUpUploads } from './uploads.ts';

const images = readdirSync(new URL('../data/images', import.meta.url)).map(imageFile);
const limit = (contract.components.schemas.ImageFile as Schema).maxLength as number;

interface World {
  readonly functions: Readonly<Record<string, HttpFunction>>;
  /** Values of a path's parameters for which there is something: what the contract's links lead to. */
  readonly known: Readonly<Record<string, readonly string[]>>;
}

const world = await newWorld();

async function newWorld(): Promise<World> {
  const { ids, services, log } = await newRequests();
  const read = readPrediction({ ...services, history: new MemoryRunHistory() }, log);
  const functions: World['functions'] = {
    // These change what is stored: each call finds it as it was, and no two calls share an Idempotency-Key.
    requestPrediction: (event, context) => setUp().fn(event, context),
    deletePrediction: async (event, context) => deletePrediction((await newRequests()).services, log)(event, context),
    createUpload: setUpUploads().create,
    readPrediction: read,
    readPredictionByPost: read,
    listModels: listModels(installed, log),
    readPage: readPage(
      { html: '<!doctype html>', script: "'sha256-x'", style: "'sha256-y'" },
      { uploads: 'https://s3.example', resultDays: 30 },
      log,
    ),
    readContract: readContract(log),
  };
  return { functions, known: { id: ids, model: spellings(Object.keys(installed)) } };
}

async function newRequests() {
  const { services, fn, log } = setUp();
  const ids = await Promise.all(
    images.slice(0, 3).map(async (body) => {
      const call = { parameters: { model: 'starter' }, headers: { 'content-type': 'image/jpeg' }, body };
      return (await send(fn, call)).json.req_id as string;
    }),
  );
  return { ids, services, log };
}

interface Case {
  readonly route: string;
  readonly method: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
}

const cases: Case[] = Object.entries(contract.paths).flatMap(([route, { parameters = [], ...operations }]) =>
  Object.entries(operations as unknown as Record<string, Operation>).map(([method, operation]) => ({
    ...{ route, method: method.toUpperCase(), operation },
    parameters: [...parameters, ...(operation.parameters ?? [])],
  })),
);

describe.each(cases.map((one) => [`${one.method} ${one.route}`, one] as const))('%s', (_, one) => {
  it('accepts every call that the contract allows', async () => {
    await fc.assert(
      fc.asyncProperty(validCall(one), async (call) => {
        const { status } = await answer(one, call);
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(300);
      }),
      { numRuns: 60 },
    );
  });

  const faults = faultsOf(one);
  it.runIf(faults.length > 0)('refuses with 4xx every call that has one fault', async () => {
    const broken = fc.tuple(validCall(one), fc.oneof(...faults)).map(([call, fault]) => fault(call));
    await fc.assert(
      fc.asyncProperty(broken, async (call) => {
        const { status } = await answer(one, call);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 120 },
    );
  });
});

function answer({ operation, route, method }: Case, call: Call): Promise<Response> {
  const fn = world.functions[operation.operationId];
  if (!fn) throw new Error(`No function is known for ${operation.operationId}.`);
  return send(fn, { method, ...call, route });
}

function validCall({ operation, parameters }: Case): fc.Arbitrary<Call> {
  const path = fc.record(
    Object.fromEntries(
      ofKind(parameters, 'path').map(({ name }) => [name, fc.nat().map((n) => pick(world.known[name], n))]),
    ),
  );
  const headers = fc.record(
    Object.fromEntries(ofKind(parameters, 'header').map(({ name, schema }) => [name.toLowerCase(), text(schema)])),
    { requiredKeys: [] },
  );
  const bodies = Object.keys(operation.requestBody?.content ?? {}).map((type) =>
    type === json ? asJson(announcements) : body(type, fc.constantFrom(...images)),
  );
  return fc.tuple(path, headers, bodies.length > 0 ? fc.oneof(...bodies) : fc.constant<Call>({})).map(
    ([parameters, headers, sent]): Call => ({
      ...sent,
      parameters,
      headers: { ...(headers as object), ...sent.headers },
    }),
  );
}

function body(type: string, image: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Call> {
  if (type === 'multipart/form-data') return image.map((bytes) => form('boundary', [filePart(bytes)]));
  if (type !== 'image/*') throw new Error(`The test knows no body of type ${type}.`);
  const types = fc.constantFrom('jpeg', 'png', 'webp', 'x-anything').map((subtype) => `image/${subtype}`);
  return fc.tuple(types, image).map(([type, body]) => ({ headers: { 'content-type': type }, body }));
}

type Fault = (call: Call) => Call;

/** The ways in which a call can break the contract, one at a time. */
function faultsOf({ operation, parameters }: Case): fc.Arbitrary<Fault>[] {
  const inPath = ofKind(parameters, 'path').map(({ name, schema }) => {
    const wrong = fc.oneof(fc.string(), fc.string({ unit: 'binary' })).filter((value) => !fits(schema, value, name));
    return wrong.map(
      (value): Fault =>
        (call) => ({ ...call, parameters: { ...call.parameters, [name]: value } }),
    );
  });
  const inHeaders = ofKind(parameters, 'header').map(({ name, schema }) => {
    // A header's value neither begins nor ends with white space on its way.
    const values = fc.string({ unit: 'binary', maxLength: 300 }).map((value) => value.replace(/^[ \t]+|[ \t]+$/g, ''));
    const wrong = values.filter((value) => !fits(schema, value, name));
    return wrong.map(
      (value): Fault =>
        (call) => ({ ...call, headers: { ...call.headers, [name.toLowerCase()]: value } }),
    );
  });
  return [...inPath, ...inHeaders, ...faultsOfBody(operation)];
}

function faultsOfBody({ requestBody }: Operation): fc.Arbitrary<Fault>[] {
  if (!requestBody) return [];
  const types = Object.keys(requestBody.content);
  const withType =
    (type: string): Fault =>
    (call) => ({ ...call, headers: { ...call.headers, 'content-type': type } });
  const wrongTypes = ['text/plain', json, 'video/mp4', 'multipart/mixed', ''].filter((type) => !types.includes(type));
  const wrongType = fc.constantFrom(...wrongTypes).map(withType);
  const notAnImage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constant(new Uint8Array(limit + 1)),
    fc.constantFrom(...images).chain((bytes) => fc.nat(12).map((length) => bytes.subarray(0, length))),
  );
  const wrongBodies = types.map((type) =>
    (type === json ? asJson(notAnnouncements) : body(type, notAnImage)).map(
      (sent): Fault =>
        (call) => ({
          ...call,
          ...sent,
          headers: { ...call.headers, ...sent.headers },
        }),
    ),
  );
  return [wrongType, ...wrongBodies];
}

const json = 'application/json';
const bytesOfImage = fc.integer({ min: 1, max: limit });
const hash = fc.stringMatching(/^[0-9a-fA-F]{64}$/);
const announcements: fc.Arbitrary<unknown> = fc.record({ size: bytesOfImage, sha256: hash }, { requiredKeys: [] });
const notAnnouncements: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue().filter((value) => typeof value !== 'object' || value === null || Array.isArray(value)),
  fc.record({ size: fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: limit + 1 }), fc.string(), fc.boolean()) }),
  fc.record({ sha256: fc.oneof(fc.string(), fc.integer(), fc.constant(null)) }),
  fc.record({ size: bytesOfImage, sha256: hash, more: fc.jsonValue() }),
);

function asJson(values: fc.Arbitrary<unknown>): fc.Arbitrary<Call> {
  return values.map((value) => ({ headers: { 'content-type': json }, body: JSON.stringify(value) }));
}

function ofKind(parameters: readonly Parameter[], kind: Parameter['in']): Parameter[] {
  return parameters.filter((parameter) => parameter.in === kind);
}

/** A text as a schema of the contract describes it. */
function text({ pattern, maxLength }: Schema): fc.Arbitrary<string> {
  return fc
    .stringMatching(new RegExp(String(pattern)))
    .filter((value) => value.length <= Number(maxLength ?? Number.POSITIVE_INFINITY));
}

/** Whether a value might be right: by its schema, and of a path's parameters, by what there is. */
function fits({ pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema, value: string, name: string) {
  const isThere = world.known[name]?.includes(value) ?? true;
  const matches = pattern === undefined || new RegExp(String(pattern)).test(value);
  return isThere && matches && value.length >= Number(minLength) && value.length <= Number(maxLength);
}

function spellings(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, name.toUpperCase(), [...name].join('_')]);
}

function pick(values: readonly string[] = [], n: number): string {
  const value = values[n % values.length];
  if (value === undefined) throw new Error('There is nothing to pick from.');
  return value;
}
