import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as v from 'valibot';

/** What goes back to the client. */
export interface HttpResponse {
  readonly status: number;
  /** Several values for a header that comes several times. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

const result = v.object({
  // A client that gets 1xx goes on waiting for the answer.
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.nullish(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  cookies: v.nullish(v.array(v.string()), []),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
});

/** The gateway's to write, or about one connection. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Statuses of answers that have no body. */
const bodiless = new Set([204, 205, 304]);

/**
 * A function's result as an HTTP API reads it: payload format 2.0, in which a result without a status code is itself
 * the body of a 200.
 * @throws Error when it is neither, or cannot be written as HTTP
 */
export function toResponse(returned: unknown): HttpResponse {
  if (typeof returned !== 'object' || returned === null || !('statusCode' in returned)) return inferred(returned);
  const parsed = v.safeParse(result, returned);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`It returned no HTTP response: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}.`);
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.output;
  const sent = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  for (const [name, value] of sent) checkHeader(name, value);
  for (const cookie of cookies ?? []) checkHeader('set-cookie', cookie);
  return {
    status: statusCode,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(sent.filter(([name]) => !ownHeaders.has(name))),
      ...(cookies && cookies.length > 0 && { 'set-cookie': cookies }),
    },
    body: bodiless.has(statusCode) ? Buffer.alloc(0) : Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** @throws Error for what HTTP cannot carry, such as text beyond Latin-1 */
function checkHeader(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (error) {
    throw new Error(`It returned no HTTP response: ${(error as Error).message}.`, { cause: error });
  }
}

/** An answer of the gateway itself. */
export function gatewayAnswer(status: number, message: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ message })) };
}

function inferred(returned: unknown): HttpResponse {
  const body = typeof returned === 'string' ? returned : JSON.stringify(returned);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}
