import type { Answer, Middleware, Result } from './types.ts';

/** Puts a route's answer into HTTP: a text as it is, anything else as JSON, nothing as nothing. */
export function renderAnswers(): Middleware {
  return {
    after: (request) => {
      const answer = request.response as unknown as Answer;
      request.internal.log = answer.log ?? {};
      request.response = render(answer);
    },
  };
}

export function render({ status, body, headers }: Answer): Result {
  const isText = typeof body === 'string';
  return {
    statusCode: status,
    headers: {
      ...(body !== undefined && !isText && { 'content-type': 'application/json' }),
      'cache-control': 'no-store',
      ...headers,
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  };
}
