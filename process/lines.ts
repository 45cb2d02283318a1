import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Calls back with each line of a program's output or a file; a line that arrives in pieces is passed on whole. */
export function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}
