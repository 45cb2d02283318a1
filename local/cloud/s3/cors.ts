import type { IncomingHttpHeaders } from 'node:http';
import * as v from 'valibot';
import { S3Error } from './error.ts';

const texts = v.optional(v.array(v.string()), []);

/** A rule of a bucket's CORS configuration. */
export const corsRule = v.object({
  AllowedMethods: texts,
  AllowedOrigins: texts,
  AllowedHeaders: texts,
  ExposedHeaders: texts,
  MaxAge: v.exactOptional(v.number()),
});

export type CorsRule = v.InferOutput<typeof corsRule>;

const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** What S3 adds to the answer to a page's request; nothing when no rule allows it, and then the browser keeps it back. */
export function corsHeaders(rules: readonly CorsRule[], origin: string | undefined, method: string) {
  const rule = origin === undefined ? undefined : rules.find((rule) => allows(rule, origin, method));
  return origin !== undefined && rule ? headersOf(rule, origin) : {};
}

/**
 * The headers of the answer to a browser that asks first.
 * @throws S3Error when it may not
 */
export function preflightHeaders(rules: readonly CorsRule[], headers: IncomingHttpHeaders): Record<string, string> {
  const { origin } = headers;
  const method = headers['access-control-request-method'];
  const wanted = headers['access-control-request-headers']?.toLowerCase().split(/\s*,\s*/) ?? [];
  if (origin === undefined || method === undefined) {
    throw new S3Error(400, 'BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (rules.length === 0) throw forbidden('CORS is not enabled for this bucket.', method);
  const rule = rules.find(
    (rule) => allows(rule, origin, method) && wanted.every((name) => matches(rule.AllowedHeaders, name)),
  );
  if (!rule) {
    const why =
      "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
    throw forbidden(why, method);
  }
  return {
    ...headersOf(rule, origin),
    ...(wanted.length > 0 && { 'access-control-allow-headers': wanted.join(', ') }),
    ...(rule.MaxAge !== undefined && { 'access-control-max-age': String(rule.MaxAge) }),
  };
}

function allows(rule: CorsRule, origin: string, method: string): boolean {
  return rule.AllowedMethods.includes(method) && matches(rule.AllowedOrigins, origin);
}

/** A pattern can have one `*`, for any text. */
function matches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => {
    const [start = '', end] = pattern.toLowerCase().split('*');
    if (end === undefined) return start === text.toLowerCase();
    const given = text.toLowerCase();
    return given.length >= start.length + end.length && given.startsWith(start) && given.endsWith(end);
  });
}

function headersOf(
  { AllowedOrigins, AllowedMethods, ExposedHeaders }: CorsRule,
  origin: string,
): Record<string, string> {
  const isForAll = AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': isForAll ? '*' : origin,
    ...(!isForAll && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': AllowedMethods.join(', '),
    ...(ExposedHeaders.length > 0 && { 'access-control-expose-headers': ExposedHeaders.join(', ') }),
    vary,
  };
}

function forbidden(why: string, method: string): S3Error {
  return new S3Error(403, 'AccessForbidden', `CORSResponse: ${why}`, { Method: method, ResourceType: 'OBJECT' });
}
