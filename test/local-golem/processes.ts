import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Whether a process runs; one that has ended and waits for its parent (a zombie) does not. */
export async function runs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat === null ? process.platform !== 'linux' : stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

/** Waits until something holds; fails after ten seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await holds()); await pause(10)) {
    if (Date.now() > end) throw new Error(`after 10 s still not so: ${what}`);
  }
}
