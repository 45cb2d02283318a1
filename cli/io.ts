/** What the command line touches of the world. */
export interface Io {
  /** Results. */
  readonly out: Output;
  /** Progress and complaints. */
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  /** ms */
  readonly pause: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly clock: () => number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Of a terminal: characters a line. */
  readonly columns?: number | undefined;
}

export function printLine(output: Output, text: string): void {
  output.write(`${text}\n`);
}
