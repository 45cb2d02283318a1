/** Errors of a provider, by what was wrong. Whoever puts a provider behind a daemon words them as that daemon does. */

/** The script of a batch cannot be read. */
export class BadScript extends Error {}

/** There is no batch of this id. */
export class UnknownBatch extends Error {}

/** The exe-unit has ended: nobody listens at its address any more. */
export class Terminated extends Error {}

/** A command failed. The message is worded as an exe-unit's, and goes to the requestor with the results. */
export class CommandError extends Error {
  /** Exit code of the program, or 1. */
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }

  static of(category: 'State' | 'Runtime' | 'Transfer', reason: unknown): CommandError {
    return new CommandError(
      `Local service error: ${category} error: ${reason instanceof Error ? reason.message : reason}`,
    );
  }

  static exited(code: number): CommandError {
    return new CommandError(`ExeScript command exited with code ${code}`, code);
  }
}

/** A command came while another one of the same exe-unit ran. */
export class Busy extends CommandError {
  constructor(state: string) {
    super(`Local service error: State error: Busy: ${state}`);
  }
}
