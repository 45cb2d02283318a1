import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

/** API Gateway's HTTP APIs, payload format 2.0. */
export type Event = APIGatewayProxyEventV2;
export type Result = APIGatewayProxyStructuredResultV2;
export type HttpFunction = (event: Event, context: Context) => Promise<Result>;

/** What a function has to say to the caller, before it is put into HTTP. */
export interface Answer {
  readonly status: number;
  /** Text and bytes are sent as they are, with their `content-type` among the headers; anything else as JSON. */
  readonly body?: unknown;
  /** Names in lower case. Without `cache-control`, nobody may keep the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log of requests. */
  readonly log?: LogFields;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Where a function logs: JSON lines. */
export interface Log {
  /** One more of a kind, for the metric of this name. */
  count(metric: 'Accepted' | 'Refused', dimensions: Readonly<Record<string, string>>): void;
  info(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

/** What middlewares tell each other during one request. */
interface Shared extends Record<string, unknown> {
  /** By performance.now(), ms. */
  started: number;
  log: LogFields;
}

export type Middleware = MiddlewareObj<Event, Result, Error, Context, Shared>;
