import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Match } from './routes.ts';

/** Bodies of these types reach a function as text; any other, and a body of no type, in base64. */
const textTypes = /^(text\/[^;]+|application\/(json|javascript|xml))\s*(;|$)/i;
/** They concern one connection, not the request; or the gateway writes them. */
const notForwarded = new Set(['connection', 'cookie', 'expect', 'keep-alive', 'te', 'transfer-encoding', 'upgrade']);

/** A request as API Gateway's HTTP API hands it to a function: payload format 2.0. */
export function toEvent(
  request: IncomingMessage,
  body: Buffer,
  { route, pathParameters }: Match,
  now: number,
): APIGatewayProxyEventV2 {
  const [path = '/', rawQueryString = ''] = splitOnce(request.url ?? '/', '?');
  const rawPath = decodeURIComponent(path);
  const host = request.headers.host ?? '';
  const cookies = request.headersDistinct.cookie?.flatMap((header) => header.split(/;\s*/));
  const query = new URLSearchParams(rawQueryString);
  const isText = textTypes.test(request.headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath,
    rawQueryString,
    ...(cookies && { cookies }),
    headers: headers(request, body, host),
    ...(query.size > 0 && {
      queryStringParameters: Object.fromEntries([...new Set(query.keys())].map((k) => [k, query.getAll(k).join(',')])),
    }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: host,
      domainPrefix: host.split('.')[0] ?? host,
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.key,
      stage: '$default',
      time: accessLogTime(new Date(now)),
      timeEpoch: now,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function headers(request: IncomingMessage, body: Buffer, host: string): Record<string, string> {
  const sent = Object.entries(request.headersDistinct)
    .filter(([name]) => !notForwarded.has(name))
    .map(([name, values]) => [name, values?.join(',') ?? ''] as const);
  const forwardedFor = [request.headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
  return {
    ...Object.fromEntries(sent),
    'content-length': String(body.length),
    host,
    'x-forwarded-for': forwardedFor,
    'x-forwarded-port': String(request.socket.localPort ?? ''),
    'x-forwarded-proto': 'http',
  };
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** `12/Mar/2020:19:03:58 +0000`. */
function accessLogTime(date: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(date.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
