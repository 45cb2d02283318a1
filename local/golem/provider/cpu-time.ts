import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports processor time in these, whatever the kernel's own tick is. */
const TICKS_PER_SEC = 100;

/** Fields of /proc/<pid>/stat behind the name, which alone may hold blanks. */
const GROUP = 2;
const TIMES = [11, 12, 13, 14] as const;

/**
 * Processor use, s, of the processes of some groups and of those that they have waited for; 0 where there is no /proc.
 * Processes that are counted elsewhere are left out. Synchronous, so that it can be read right before a group is killed.
 */
export function cpuSecOf(groups: ReadonlySet<number>, isCounted: (pid: number) => boolean): number {
  let ticks = 0;
  for (const pid of processes()) {
    const fields = statOf(pid);
    if (!groups.has(Number(fields[GROUP])) || isCounted(Number(pid))) continue;
    for (const field of TIMES) ticks += Number(fields[field]);
  }
  return ticks / TICKS_PER_SEC;
}

/** The sum of what a shell's `times` prints: user and system time of itself, then of its children, as `0m0.01s`. */
export function readTimes(text: string): number {
  const times = [...text.matchAll(/(\d+)m(\d+(?:\.\d+)?)s/g)];
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function statOf(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
