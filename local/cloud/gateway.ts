import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { toEvent } from './event.ts';
import type { HttpCors } from './http-cors.ts';
import { FunctionError } from './instance.ts';
import { readBody } from './request-body.ts';
import { gatewayAnswer, type HttpResponse, toResponse } from './response.ts';
import { type Match, matchRoute, type Route } from './routes.ts';
import { type Service, startHttpService } from './service.ts';
import type { Throttle } from './throttle.ts';

// API Gateway's and Lambda's quotas.
const maxBody = 10 * 1024 * 1024;
const maxEvent = 6 * 1024 * 1024;
const maxHeaders = 10_240;
/** ms; the longest that an HTTP API waits for a function. */
const integrationTimeout = 30_000;
/** ms; the longest that it waits for an authorizer. */
const authorizerTimeout = 10_000;
/** ms; a client that sends its request more slowly gets 408. */
const requestTimeout = 30_000;

export interface GatewayOptions {
  readonly routes: readonly Route[];
  readonly cors: HttpCors;
  readonly throttle: Throttle;
  /** 0: any that is free. */
  readonly port: number;
  readonly onFailure: (source: string, problem: string) => void;
}

/**
 * The HTTP API on 127.0.0.1, answering as API Gateway does.
 * @throws Error when the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<Service> {
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout, maxHeaderSize: maxHeaders });
  server.on('request', (request, response) => void serve(request, response, options));
  return startHttpService(server, { takesPages: true }, options.port);
}

async function serve(request: IncomingMessage, response: ServerResponse, options: GatewayOptions): Promise<void> {
  try {
    write(response, await answerTo(request, options));
  } catch (error) {
    if (request.destroyed && !request.complete) {
      // The client has gone away.
      response.destroy();
    } else {
      options.onFailure('gateway', `${request.method} ${request.url} could not be answered. ${(error as Error).stack}`);
      write(response, gatewayAnswer(500, 'Internal Server Error'));
    }
  }
}

function write(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}

/** @throws Error when the client breaks off */
async function answerTo(request: IncomingMessage, options: GatewayOptions): Promise<HttpResponse> {
  const { routes, cors, throttle } = options;
  const { bytes: body } = await readBody(request, maxBody);
  if (!throttle()) return gatewayAnswer(429, 'Too Many Requests');
  if (!body) return gatewayAnswer(413, 'Request Entity Too Large');
  const match = matchOf(routes, request);
  if (match === 'bad path') return gatewayAnswer(400, 'Bad Request');
  const preflight = cors.preflight(request.method, request.headers);
  // The authorizer of a route that takes OPTIONS also decides on preflights.
  if (preflight && !match?.route.authorizer) return preflight;
  if (!match) return gatewayAnswer(404, 'Not Found');

  const event = await authorized(toEvent(request, body, match, Date.now()), match.route, options);
  if ('status' in event) return event;
  return preflight ?? integrated(event, match.route, options);
}

/** The event with what the route's authorizer says of its sender; or the answer to one who may not pass. */
async function authorized(
  event: APIGatewayProxyEventV2,
  { key, authorizer }: Route,
  { onFailure }: GatewayOptions,
): Promise<APIGatewayProxyEventV2 | HttpResponse> {
  if (!authorizer) return event;
  try {
    const decision = await withDeadline(authorizer.decide(event), authorizerTimeout);
    if (decision === late) throw new Error(`The authorizer took longer than ${authorizerTimeout / 1000} s.`);
    if (decision.verdict === 'unidentified') return gatewayAnswer(401, 'Unauthorized');
    if (decision.verdict === 'denied') return gatewayAnswer(403, 'Forbidden');
    const requestContext = { ...event.requestContext, authorizer: { lambda: decision.context } };
    return { ...event, requestContext };
  } catch (error) {
    if (!(error instanceof FunctionError)) onFailure(key, (error as Error).message);
    return gatewayAnswer(500, 'Internal Server Error');
  }
}

/** What the route's function answers. */
async function integrated(
  event: APIGatewayProxyEventV2,
  { target }: Route,
  { cors, onFailure }: GatewayOptions,
): Promise<HttpResponse> {
  if (Buffer.byteLength(JSON.stringify(event)) > maxEvent) return gatewayAnswer(413, 'Request Entity Too Large');
  try {
    const result = await withDeadline(target.invoke(event), integrationTimeout);
    if (result === late) return gatewayAnswer(503, 'Service Unavailable');
    if (Buffer.byteLength(JSON.stringify(result)) > maxEvent) throw new Error('It returned more than 6 MB.');
    return cors.applied(toResponse(result), event.headers.origin);
  } catch (error) {
    if (!(error instanceof FunctionError)) onFailure(target.source, (error as Error).message);
    return gatewayAnswer(500, 'Internal Server Error');
  }
}

function matchOf(routes: readonly Route[], request: IncomingMessage): Match | 'bad path' | undefined {
  const [path = '/'] = (request.url ?? '/').split('?');
  try {
    return matchRoute(routes, request.method ?? 'GET', path);
  } catch (error) {
    if (error instanceof URIError) return 'bad path';
    throw error;
  }
}

const late: unique symbol = Symbol('late');

async function withDeadline<T>(result: Promise<T>, ms: number): Promise<T | typeof late> {
  const stop = new AbortController();
  const deadline = after(ms, late, { signal: stop.signal });
  deadline.catch(() => {});
  try {
    return await Promise.race([result, deadline]);
  } finally {
    stop.abort();
    result.catch(() => {});
  }
}
