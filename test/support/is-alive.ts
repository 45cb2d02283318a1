import { readFileSync } from 'node:fs';

/** Whether a process runs; one that has ended and that nobody has collected yet does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
