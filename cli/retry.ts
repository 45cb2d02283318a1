/** Result of one try of a call. */
export type Try =
  | { readonly status: number; readonly retryAfter: number | undefined; readonly body: unknown }
  | { readonly error: Error };

/** At most, per call: over about a minute. */
export const maxTries = 7;
/** ms */
const firstDelay = 500;
const longestDelay = 30_000;

/**
 * Whether the same call may succeed later: the network failed, the service is overloaded, or something on its side went
 * wrong. A 503 with a reason and without Retry-After is an answer: this model is not installed.
 */
export function isWorthAnother(attempt: Try): boolean {
  if ('error' in attempt) return true;
  const { status, retryAfter, body } = attempt;
  if (status === 503) return retryAfter !== undefined || !isReason(body);
  return status === 429 || status === 500 || status === 502 || status === 504;
}

/**
 * How long to wait before the next try, in ms: at random within a span that doubles, so that many callers do not return
 * at once, and no less than the service asked for.
 */
export function delayAfter(tries: number, attempt: Try, random: () => number): number {
  const span = Math.min(longestDelay, firstDelay * 2 ** tries);
  const asked = 'error' in attempt ? 0 : (attempt.retryAfter ?? 0) * 1000;
  return Math.max(Math.min(asked, longestDelay), random() * span);
}

function isReason(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'reason' in body;
}
