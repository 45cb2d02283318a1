/**
 * Errors are typed by who is at fault, because that decides what follows: a caller's error becomes a 4xx answer,
 * a provider's error sends the work to another provider, a platform's error is tried again, and ours is a bug.
 */
export abstract class MlgError<Code extends string = string> extends Error {
  abstract readonly fault: 'caller' | 'provider' | 'platform';
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

export type CallerErrorCode =
  | 'unreadable_body'
  | 'no_image'
  | 'several_images'
  | 'empty_image'
  | 'broken_image'
  | 'bad_idempotency_key'
  | 'unknown_model'
  | 'unknown_request'
  | 'unknown_path'
  | 'method_not_allowed'
  | 'idempotency_conflict'
  | 'too_large'
  | 'unsupported_body'
  | 'unsupported_image'
  | 'bad_dimensions'
  | 'queue_full'
  | 'quota_used_up'
  | 'too_costly'
  | 'model_unavailable';

/** The caller sent something that cannot be served. The message says what was wrong and what would be right. */
export class CallerError extends MlgError<CallerErrorCode> {
  readonly fault = 'caller';
  /** When the same call may succeed, s from now; absent when waiting does not help. */
  readonly retryAfter: number | undefined;

  constructor(code: CallerErrorCode, message: string, options: ErrorOptions & { readonly retryAfter?: number } = {}) {
    super(code, message, options);
    this.retryAfter = options.retryAfter;
  }
}

/** A Golem provider failed or gave an answer that did not pass its checks. */
export class ProviderError extends MlgError {
  readonly fault = 'provider';
  /** The provider's node id on the Golem Network, where it is known. */
  readonly provider: string | undefined;

  constructor(code: string, message: string, options: ErrorOptions & { readonly provider?: string | undefined } = {}) {
    super(code, message, options);
    this.provider = options.provider;
  }
}

/** A service that mlg stands on (AWS, the Golem daemon, the clock) did not do its part. */
export class PlatformError extends MlgError {
  readonly fault = 'platform';
}

/** The code of the PlatformError by which a run learns that it may spend no more. */
export const budgetUsedUp = 'budget_used_up';
