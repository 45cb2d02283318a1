import { readFileSync } from 'node:fs';
import { parseYaml } from '@redocly/openapi-core';
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The contract's text, as it is served. */
export const contractFile = new URL('../../functions/openapi.yaml', import.meta.url);

// The parts of OpenAPI that the contract uses.
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly [keyword: string]: unknown;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: string;
  readonly examples?: Readonly<Record<string, { readonly value: string }>>;
}
interface Header {
  readonly required?: boolean;
  readonly schema: Schema;
}
export interface Response {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}
export type PathItem = Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] };
interface Document {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly 'x-any-other-method': Response;
  readonly 'x-any-other-address': Response;
}

/** The contract, with its references followed. */
export const contract = followed(parseYaml(readFileSync(contractFile, 'utf8'))) as Document;

/** What came back from a call. */
export interface Answer {
  readonly method: string;
  /** As in the contract, such as `/readPrediction/{id}`; undefined: an address that is not in it. */
  readonly route: string | undefined;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** @throws Error that says where the answer departs from the contract */
export function checkAnswer(answer: Answer): void {
  const { method, route, status, headers, body } = answer;
  const at = `${method} ${route ?? 'elsewhere'}: ${status}`;
  const response = responseFor(answer);
  if (!response) throw new Error(`${at} is not in the contract.`);
  for (const [name, { required, schema }] of Object.entries(response.headers ?? {})) {
    const value = headers[name.toLowerCase()];
    if (value === undefined && required) throw new Error(`${at}: the header ${name} is missing.`);
    if (value !== undefined) check(schema, value, `${at}: the header ${name}`);
  }
  if (method === 'HEAD' || !response.content) {
    if (body) throw new Error(`${at} has a body.`);
    return;
  }
  const type = String(headers['content-type']).split(';')[0] ?? '';
  const media = response.content[type];
  if (!media) throw new Error(`${at}: the contract knows no content of type ${type}.`);
  check(media.schema, type === 'application/json' ? JSON.parse(body) : body, `${at}: the body`);
}

/** For an answer of no route in particular. @throws Error when it is not a refusal as all routes have it */
export function checkRefusal(body: string): void {
  check(contract.components.schemas.Refusal as Schema, JSON.parse(body), 'A refusal');
}

function responseFor({ method, route, status, headers }: Answer): Response | undefined {
  const item = route === undefined ? undefined : contract.paths[route];
  if (!item) return status === 404 ? contract['x-any-other-address'] : undefined;
  const operation = item[method === 'HEAD' ? 'get' : method.toLowerCase()];
  if (operation) return operation.responses[status];
  const served = methodsOf(item);
  if (status === 405 && headers.allow !== served.join(', ')) {
    throw new Error(`${route} allows '${headers.allow}'; the contract has ${served}.`);
  }
  return status === 405 ? contract['x-any-other-method'] : undefined;
}

/** The methods of a path, as the header Allow lists them. */
export function methodsOf(item: PathItem): string[] {
  const methods = Object.keys(item).filter((key) => key !== 'parameters');
  return methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
}

/** The contract's route for an address, if it is one of its. */
export function routeOf(path: string): string | undefined {
  const segments = path.split('/');
  return Object.keys(contract.paths).find((route) => {
    const wanted = route.split('/');
    return (
      wanted.length === segments.length &&
      wanted.every((part, i) => (part.startsWith('{') ? segments[i] !== '' : part === segments[i]))
    );
  });
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const compiled = new WeakMap<Schema, ValidateFunction>();

/** @throws Error that says where `value` departs from the schema */
export function check(schema: Schema, value: unknown, what: string): void {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(closed(schema) as AnySchema);
    compiled.set(schema, validate);
  }
  if (!validate(value)) throw new Error(`${what} departs from the contract: ${ajv.errorsText(validate.errors)}.`);
}

/** The schema, with fields that it does not name forbidden: clients ignore them, but here they are a mistake. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return inner.type === 'object' && inner.properties ? { ...inner, unevaluatedProperties: false } : inner;
}

/** A copy in which every `$ref` is replaced by what it points to; what stands beside it stays. */
function followed(document: unknown): unknown {
  const follow = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(follow);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, ...rest } = value as Record<string, unknown>;
    const own = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, follow(inner)]));
    return typeof $ref === 'string' ? { ...(follow(target($ref)) as object), ...own } : own;
  };
  const target = ($ref: string): unknown => {
    const steps = $ref.replace('#/', '').split('/');
    const found = steps.reduce((at: unknown, step) => (at as Record<string, unknown> | undefined)?.[step], document);
    if (found === undefined) throw new Error(`The contract refers to ${$ref}, which is not there.`);
    return found;
  };
  return follow(document);
}
