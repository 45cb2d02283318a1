import type { ServerResponse } from 'node:http';
import type { Poll } from '../../provider/bell.ts';
import { ApiError } from '../daemon/errors.ts';

/** One request as a handler sees it. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  /** Aborted when the client has gone or the stand-in closes. */
  readonly signal: AbortSignal;
}

export type Answer =
  | { readonly status: number; readonly json?: unknown /** Of the content. */; readonly type?: string }
  | { readonly stream: (response: ServerResponse) => void };

/** One call of the daemon's API. Its name tells it apart in logs and wherever calls are picked out. */
export interface Route {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/agreements/:id`: the named parts become params. */
  readonly path: string;
  /** Needs no key. */
  readonly open?: true;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The table of all calls. */
export class Router {
  readonly #routes: readonly { readonly route: Route; readonly pattern: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  }

  find(method: string, path: string): Found {
    const here = this.#routes.filter(({ pattern }) => pattern.test(path));
    const found = here.find(({ route }) => route.method === method);
    if (found) return { route: found.route, params: decode(found.pattern.exec(path)?.groups ?? {}) };
    if (here.length === 0) throw new ApiError(404, `no such path: ${path}`);
    throw new ApiError(405, `${path} takes ${here.map(({ route }) => route.method).join(', ')}, not ${method}`);
  }
}

export function json(status: number, value: unknown): { readonly status: number; readonly json: unknown } {
  return { status, json: value };
}

export function empty(status: number): Answer {
  return { status };
}

/** A path parameter that the route's path names. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}

/** How long a call wants to be held when there is nothing to tell: query `timeout`, seconds. */
export function waitOf(call: Call, clock: Poll['clock']): Poll {
  return { clock, signal: call.signal, timeoutMs: 1000 * numberOf(call, 'timeout', { or: 5, from: 0, to: 120 }) };
}

export function numberOf(call: Call, name: string, range: { or: number; from: number; to: number }): number {
  const text = call.query.get(name);
  if (text === null || text === '') return range.or;
  const value = Number(text);
  if (!(value >= range.from)) throw new ApiError(400, `${name} must be a number from ${range.from}, not ${text}`);
  return Math.min(value, range.to);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

function decode(params: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    throw new ApiError(400, 'the path is not well encoded');
  }
}
