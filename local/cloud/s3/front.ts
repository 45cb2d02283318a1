import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isSigned } from '../authorization.ts';
import { type Service, startHttpService } from '../service.ts';
import type { Bucket } from './buckets.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { accessDenied, S3Error } from './error.ts';
import type { Exchange, S3Options } from './exchange.ts';
import { requestId, sendTestEvents } from './notify.ts';
import { pass } from './pass.ts';
import { post } from './post.ts';

/**
 * S3 on 127.0.0.1 as browsers meet it: POSTs with a signed policy, CORS, and notifications of what is written, in front
 * of an emulator that knows none of these. Requests of SDKs, which sign a header, pass when the signature is right.
 */
export async function startS3Front(options: S3Options): Promise<Service> {
  await Promise.all(options.buckets.map((bucket) => sendTestEvents(bucket, options.clock(), options.send)));
  const server = createServer((request, response) => void serve(request, response, options));
  return startHttpService(server, { takesPages: true });
}

async function serve(request: IncomingMessage, response: ServerResponse, options: S3Options): Promise<void> {
  const exchange = { request, response, ...addressed(request, options.buckets) };
  try {
    await route(exchange, options);
  } catch (error) {
    if (request.destroyed && !request.complete) response.destroy();
    else refuse(exchange, error, options);
  }
}

function addressed({ url = '/', headers, method = 'GET' }: IncomingMessage, buckets: readonly Bucket[]) {
  const [path = '/', search = ''] = url.split('?');
  const [, name = '', ...rest] = path.split('/');
  const bucket = buckets.find((bucket) => bucket.name === name);
  return {
    bucket,
    key: decoded(rest.join('/')),
    query: new URLSearchParams(search),
    cors: corsHeaders(bucket?.cors ?? [], headers.origin, method),
  };
}

async function route(exchange: Exchange, options: S3Options): Promise<void> {
  const { request, response, bucket, key, query, cors } = exchange;
  const { origin, authorization } = request.headers;
  if (request.method === 'OPTIONS') {
    response.writeHead(200, preflightHeaders(bucket?.cors ?? [], request.headers)).end();
  } else if (origin !== undefined && (authorization !== undefined || !('access-control-allow-origin' in cors))) {
    // S3 would serve any page, and leave it to the browser to keep the answer back.
    throw accessDenied();
  } else if (authorization !== undefined) {
    if (!isSigned(request, options)) throw accessDenied();
    await pass(exchange, options);
  } else if (request.method === 'POST' && key === '' && query.size === 0) {
    await post(exchange, options);
  } else {
    throw accessDenied();
  }
}

function refuse({ request, response, cors }: Exchange, error: unknown, { onLine }: S3Options): void {
  if (!(error instanceof S3Error)) onLine(`A request could not be served. ${(error as Error).stack}`);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal = error instanceof S3Error ? error : new S3Error(500, 'InternalError', internalError);
  const id = requestId();
  // What has not been read of the body is read and dropped, so that the client gets to read the answer.
  request.resume();
  response.writeHead(refusal.status, { ...cors, 'content-type': 'application/xml', 'x-amz-request-id': id });
  response.end(request.method === 'HEAD' ? '' : refusal.toXml(id));
}

const internalError = 'We encountered an internal error. Please try again.';

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
