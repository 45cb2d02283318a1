import type { IncomingHttpHeaders } from 'node:http';
import * as v from 'valibot';
import type { HttpResponse } from './response.ts';
import type { Template } from './template.ts';

/**
 * The CORS configuration of an HTTP API.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export interface HttpCors {
  /** The answer to a browser that asks whether it may send; undefined for any other request. */
  preflight(method: string | undefined, headers: IncomingHttpHeaders): HttpResponse | undefined;
  /** An integration's answer with the headers of CORS as configured, in place of any that it has. */
  applied(answer: HttpResponse, origin: string | undefined): HttpResponse;
}

const texts = v.optional(v.array(v.string()), []);
const configuration = v.object({
  AllowOrigins: texts,
  AllowMethods: texts,
  AllowHeaders: texts,
  ExposeHeaders: texts,
  MaxAge: v.exactOptional(v.number()),
  AllowCredentials: v.optional(v.boolean(), false),
});
const api = v.object({ CorsConfiguration: v.optional(configuration) });

type Configuration = v.InferOutput<typeof configuration>;

/** Of the template's HTTP API. Without a configuration, preflights go to the routes, and answers stay as they are. */
export function corsOf(template: Template): HttpCors {
  const cors = template.resources('AWS::ApiGatewayV2::Api', api)[0]?.properties.CorsConfiguration;
  return cors ? configured(cors) : { preflight: () => undefined, applied: (answer) => answer };
}

function configured(cors: Configuration): HttpCors {
  return {
    preflight(method, { origin, 'access-control-request-method': wanted }) {
      if (method !== 'OPTIONS' || origin === undefined || wanted === undefined) return undefined;
      const headers = allows(cors, origin) ? { ...common(cors, origin), ...ofPreflight(cors) } : {};
      return { status: 204, headers, body: Buffer.alloc(0) };
    },
    applied(answer, origin) {
      const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
      const added = origin !== undefined && allows(cors, origin) ? ofAnswer(cors, origin) : {};
      return { ...answer, headers: { ...Object.fromEntries(own), ...added } };
    },
  };
}

function allows({ AllowOrigins }: Configuration, origin: string): boolean {
  return AllowOrigins.some((allowed) => {
    if (allowed === '*') return true;
    // The two patterns that API Gateway knows, `https://*` and `http://*`.
    return allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : origin === allowed;
  });
}

function common({ AllowOrigins, AllowCredentials }: Configuration, origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': AllowOrigins.includes('*') ? '*' : origin,
    ...(AllowCredentials && { 'access-control-allow-credentials': 'true' }),
  };
}

function ofPreflight({ AllowMethods, AllowHeaders, MaxAge }: Configuration): Record<string, string> {
  return {
    ...(AllowMethods.length > 0 && { 'access-control-allow-methods': AllowMethods.join(',') }),
    ...(AllowHeaders.length > 0 && { 'access-control-allow-headers': AllowHeaders.join(',') }),
    ...(MaxAge !== undefined && { 'access-control-max-age': String(MaxAge) }),
  };
}

function ofAnswer(cors: Configuration, origin: string): Record<string, string> {
  const exposed = cors.ExposeHeaders.join(',');
  return { ...common(cors, origin), ...(exposed && { 'access-control-expose-headers': exposed }) };
}
