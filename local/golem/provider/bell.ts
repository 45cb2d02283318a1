import type { Clock } from './clock.ts';

/** Wakes those who wait for something to change. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Ends with the next ring, when the time is up, or when the waiter gives up (its signal). */
  wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        cancel();
        resolve();
      };
      const cancel = clock.after(ms, wake);
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}

export interface Poll {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Aborted when the one who asks has gone; then nothing may be given out. */
  readonly signal: AbortSignal;
}

/** A long poll: looks again at every ring until `look` finds something; undefined when time is up or the asker gone. */
export async function poll<T>(bell: Bell, { clock, timeoutMs, signal }: Poll, look: () => T | undefined) {
  const end = clock.now() + timeoutMs;
  while (!signal.aborted) {
    const found = look();
    if (found !== undefined) return found;
    const left = end - clock.now();
    if (left <= 0) return undefined;
    await bell.wait(left, clock, signal);
  }
  return undefined;
}
