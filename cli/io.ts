import { printable } from '../core/printable.ts';

/** What the command line uses outside itself. */
export interface Io {
  /** Results. */
  readonly out: Output;
  /** Progress and errors. */
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
  /** Characters per line of a terminal. */
  readonly columns?: number | undefined;
}

/** Prints a line. Parts of it may come from a service, which is not trusted with the terminal. */
export function printLine(output: Output, text: string): void {
  output.write(`${printable(text)}\n`);
}
