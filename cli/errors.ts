/** Exit codes of mlg. */
export const exitCodes = {
  done: 0,
  /** An image was refused, or its request failed. */
  failed: 1,
  /** The command line is wrong: an option, a file, a model. */
  misused: 2,
  /** The service cannot be reached, or did not answer in the time given. */
  unreachable: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line is wrong. The message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The service refused a call; calling again would not help. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }

  /** Whether the image is at fault, so that another one may be accepted. */
  get isOfImage(): boolean {
    return [400, 409, 413, 415, 422].includes(this.status);
  }
}

/** The service could not be reached in any of the tries. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
