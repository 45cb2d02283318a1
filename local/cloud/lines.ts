import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Calls back with each line of a program's output; lines that are written in pieces come whole. */
export function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}

/** A line that a function (its source file) or a container (its name) wrote, or that the local cloud says about it. */
export type OnLine = (source: string, line: string) => void;
