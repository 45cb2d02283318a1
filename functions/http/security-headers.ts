import type { Middleware, Result } from './types.ts';

/** Answers are data, but for those that say otherwise: no browser should run, frame, sniff or leak them. */
const headers = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

export function securityHeaders(): Middleware {
  const add = ({ response }: { response: Result | null | undefined }) => {
    if (response) response.headers = { ...headers, ...response.headers };
  };
  return { after: add, onError: add };
}
