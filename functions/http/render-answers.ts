import type { Answer, Middleware, Result } from './types.ts';

/** Puts a route's answer into HTTP: text and bytes as they are, anything else as JSON, nothing as nothing. */
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
  const { type, ...encoded } = encode(body);
  return {
    statusCode: status,
    headers: { ...(type && { 'content-type': type }), 'cache-control': 'no-store', ...headers },
    ...encoded,
  };
}

function encode(body: unknown): Pick<Result, 'body' | 'isBase64Encoded'> & { readonly type?: string } {
  if (body === undefined) return {};
  if (typeof body === 'string') return { body };
  if (body instanceof Uint8Array) return { body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  return { body: JSON.stringify(body), type: 'application/json' };
}
