import type { Answer, Middleware, Result } from './types.ts';

/** Puts a route's answer into HTTP as JSON. */
export function jsonAnswers(): Middleware {
  return {
    after: (request) => {
      const { status, body, headers, log = {} } = request.response as unknown as Answer;
      request.internal.log = log;
      request.response = json(status, body, headers);
    },
  };
}

export function json(status: number, body: unknown, headers: Answer['headers'] = {}): Result {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
