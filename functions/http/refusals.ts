import { CallerError, type CallerErrorCode, PlatformError } from '../../core/errors.ts';
import { render } from './render-answers.ts';
import type { Answer, Log, Middleware, Result } from './types.ts';

/** What each fault of a caller is in HTTP. */
export const statusOf: Readonly<Record<CallerErrorCode, number>> = {
  unreadable_body: 400,
  no_image: 400,
  several_images: 400,
  empty_image: 400,
  broken_image: 400,
  bad_idempotency_key: 400,
  unknown_model: 404,
  unknown_request: 404,
  unknown_path: 404,
  method_not_allowed: 405,
  idempotency_conflict: 409,
  too_large: 413,
  unsupported_body: 415,
  unsupported_image: 415,
  bad_dimensions: 422,
  too_costly: 422,
  quota_used_up: 429,
  model_unavailable: 503,
  queue_full: 503,
};

/** When to try again after a fault of the platform, in s. */
const retryAfter = '10';

/**
 * Turns errors into refusals, `{success: false, reason}`. A caller's fault is explained to the caller; of any other,
 * the caller learns nothing but that it happened, and the log learns all of it.
 */
export function refusals(log: Log): Middleware {
  return {
    onError: (request) => {
      const { error } = request;
      if (!(error instanceof CallerError)) log.error('The request could not be served.', { error });
      request.response = refusal(error);
    },
  };
}

function refusal(error: unknown): Result {
  if (error instanceof CallerError) {
    const { code, message, retryAfter } = error;
    return refused(statusOf[code], message, retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` });
  }
  if (error instanceof PlatformError) {
    const reason = 'The service cannot answer right now. Try again in a moment.';
    return refused(503, reason, { 'retry-after': retryAfter });
  }
  return refused(500, 'Something went wrong on our side. It has been logged.');
}

function refused(status: number, reason: string, headers?: Answer['headers']): Result {
  return render({ status, body: { success: false, reason }, ...(headers && { headers }) });
}
