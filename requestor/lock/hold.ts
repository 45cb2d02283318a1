import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../core/ports.ts';
import type { RunLock } from '../../core/run-lock.ts';

/** A hold lasts this long unless it is renewed, ms: so long a run that vanished keeps the next ones out. */
export const holdMs = 90_000;
/** ms. */
export const renewMs = 20_000;

export interface HoldOptions {
  readonly owner: string;
  /** Is there as long as the lock is held. */
  readonly file: string;
  readonly clock: Clock;
  /** Resolves after so many ms, or rejects when `signal` is aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** How it ended: released on the signal, never had because another run has it, or lost to another run. */
export type HoldEnd = 'released' | 'taken' | 'lost';

/** Holds the lock until the signal. */
export async function holdLock(lock: RunLock, options: HoldOptions): Promise<HoldEnd> {
  const { owner, file, clock, signal, wait = waitFor } = options;
  let until = clock() + holdMs;
  if (!(await lock.hold(owner, clock(), until))) return 'taken';
  await writeFile(file, owner);
  try {
    for (;;) {
      await wait(renewMs, signal).catch(() => {});
      if (signal.aborted) {
        await lock.release(owner);
        return 'released';
      }
      const next = clock() + holdMs;
      const renewed = await lock.hold(owner, clock(), next).catch(() => undefined);
      if (renewed) until = next;
      // One that could not be renewed in time may be another's by now.
      if (renewed === false || clock() + renewMs >= until) return 'lost';
    }
  } finally {
    await rm(file, { force: true });
  }
}

const waitFor = (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal });
