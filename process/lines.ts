import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * The lines of a program's output or a file, each whole, however it arrives in pieces.
 * @throws the stream's error
 */
export function linesOf(stream: Readable): AsyncIterable<string> {
  return reader(stream);
}

/** Calls back with each line of a program's output. */
export function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  reader(stream).on('line', onLine);
}

function reader(input: Readable) {
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
