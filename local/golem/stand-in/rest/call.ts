import type { ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { CallName } from '../../calls.ts';
import type { Poll } from '../../provider/bell.ts';
import type { Clock } from '../../provider/clock.ts';
import type { ListQuery } from '../daemon/bills.ts';
import { DaemonError } from '../daemon/errors.ts';
import type { FeedQuery } from '../daemon/feed.ts';

/** One request as a handler sees it. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  /** Aborted when the client has gone or the daemon closes. */
  readonly signal: AbortSignal;
}

export type Reply =
  | { readonly status: number; readonly json?: unknown }
  | { readonly stream: (response: ServerResponse) => void };

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** What answers some of the daemon's calls. */
export type Handlers<Names extends CallName> = Readonly<Record<Names, Handler>>;

export function json(status: number, value: unknown): Reply {
  return { status, json: value };
}

export function empty(status: number): Reply {
  return { status };
}

/** A parameter that the call's path names. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the call has no parameter ${name}`);
  return value;
}

/** The body as its schema has it, or a refusal with the first thing that is wrong. */
export function read<Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new DaemonError('badRequest', `body: ${v.getDotPath(issue) ?? ''} ${issue.message}`);
}

export const DateText = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'must be a date'),
);

/** How long a call wants to be held when there is nothing to say: query `timeout`, seconds. */
export function waitOf(call: Call, clock: Clock): Poll {
  return { clock, signal: call.signal, timeoutMs: 1000 * numberOf(call, 'timeout', { or: 5, from: 0, to: 120 }) };
}

export function numberOf(call: Call, name: string, range: { or: number; from: number; to: number }): number {
  const text = call.query.get(name);
  if (text === null || text === '') return range.or;
  const value = Number(text);
  if (value >= range.from) return Math.min(value, range.to);
  throw new DaemonError('badRequest', `${name} must be a number from ${range.from}, not ${text}`);
}

/** What the three event feeds are asked with. */
export function feedQuery(call: Call, clock: Clock): FeedQuery {
  return {
    ...waitOf(call, clock),
    after: afterOf(call),
    appSessionId: call.query.get('appSessionId'),
    maxEvents: numberOf(call, 'maxEvents', { or: 100, from: 1, to: 1000 }),
  };
}

/** What lists of bills are asked with. Without a number they hold ten. */
export function listQuery(call: Call): ListQuery {
  return { after: afterOf(call), maxItems: numberOf(call, 'maxItems', { or: 10, from: 0, to: 1_000_000 }) };
}

function afterOf({ query }: Call): string | null {
  const after = query.get('afterTimestamp');
  if (after === null || !Number.isNaN(Date.parse(after))) return after;
  throw new DaemonError('badRequest', `afterTimestamp must be a date, not ${after}`);
}
