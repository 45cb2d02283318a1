import type { Context } from 'aws-lambda';
import type { Event, HttpFunction, Log, Result } from '../../functions/http/types.ts';
import { checkAnswer, checkRefusal } from './contract.ts';

/** What a test sends; everything else of API Gateway's event is filled in. */
export interface Call {
  readonly method?: string;
  /** As in the contract. Without it, that of the parameters' names, if there is one. */
  readonly route?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly domainName?: string;
  /** The id of the caller's API key, as the authorizer says. */
  readonly sender?: string;
}

/** An event as API Gateway makes it: text bodies as they are, all others in base64. */
export function event(call: Call): Event {
  const { method = 'POST', headers = {}, body, parameters = {}, domainName = 'api.example', sender } = call;
  const http = { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
  const isBase64Encoded = typeof body !== 'string' && body !== undefined;
  return {
    version: '2.0',
    routeKey: 'ANY /route/{parameter}',
    rawPath: `/route/${Object.values(parameters).join('/')}`,
    rawQueryString: '',
    headers: { ...headers },
    requestContext: {
      ...{ domainName, http },
      ...(sender !== undefined && { authorizer: { lambda: { sender } } }),
    } as Event['requestContext'],
    pathParameters: { ...parameters },
    isBase64Encoded,
    ...(body !== undefined && { body: isBase64Encoded ? Buffer.from(body).toString('base64') : String(body) }),
  };
}

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** As sent. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it by name
  readonly json: any;
}

/** Calls a function. What it answers must be as the contract says. */
export async function send(fn: HttpFunction, call: Call, context: Partial<Context> = {}): Promise<Response> {
  const { statusCode = 0, headers = {}, body = '' }: Result = await fn(event(call), context as Context);
  checkAgainstContract(call, { status: statusCode, headers, body });
  const isJson = body !== '' && headers['content-type'] === 'application/json';
  return { status: statusCode, headers, text: body, json: isJson ? JSON.parse(body) : undefined };
}

const routes = { model: '/requestPrediction/{model}', id: '/readPrediction/{id}' };

function checkAgainstContract(
  { method = 'POST', parameters = {}, route = routes[Object.keys(parameters)[0] as keyof typeof routes] }: Call,
  answer: { status: number; headers: Response['headers']; body: string },
): void {
  if (route) checkAnswer({ method, route, ...answer });
  else if (answer.status >= 400) checkRefusal(answer.body);
}

/** A log that a test can look into. */
export class MemoryLog implements Log {
  readonly lines: { readonly message: string; readonly [field: string]: unknown }[] = [];

  info(message: string, fields: object): void {
    this.lines.push({ message, ...fields });
  }

  error(message: string, fields: object): void {
    this.lines.push({ message, ...fields });
  }

  readonly counts: { readonly metric: string; readonly [dimension: string]: string }[] = [];

  count(metric: string, dimensions: Readonly<Record<string, string>>): void {
    this.counts.push({ metric, ...dimensions });
  }
}
