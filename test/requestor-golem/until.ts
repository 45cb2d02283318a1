import { setTimeout as pause } from 'node:timers/promises';

/** Waits for a condition of other processes, which tell nobody when it comes true. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`After 60 s still not so: ${what}.`);
    await pause(20);
  }
}
