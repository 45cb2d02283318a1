/** Exit codes of the classify program; 1 is left for bugs. */
export const exitCodes = { usage: 2, chunk: 3, model: 4, inference: 5, result: 6 } as const;

/** Why a chunk was not classified: it becomes one line on stderr and the exit code. */
export class ClassifyFailure extends Error {
  override readonly name = 'ClassifyFailure';
  readonly kind: keyof typeof exitCodes;

  constructor(kind: keyof typeof exitCodes, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The text of anything that was thrown. */
export function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
