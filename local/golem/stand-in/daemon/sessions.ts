import type { Clock } from '../../provider/clock.ts';

/** Notices when nobody has read the events of a session for some time. */
export class Sessions {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #lost: (session: string) => void;
  readonly #readers = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();

  /** @param timeoutMs Infinity for never */
  constructor(clock: Clock, timeoutMs: number, lost: (session: string) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#lost = lost;
  }

  /** The session has a reader for as long as this lasts. */
  async during<T>(session: string, read: () => Promise<T>): Promise<T> {
    this.#timers.get(session)?.();
    this.#readers.set(session, (this.#readers.get(session) ?? 0) + 1);
    try {
      return await read();
    } finally {
      this.#leave(session);
    }
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #leave(session: string): void {
    const others = (this.#readers.get(session) ?? 1) - 1;
    this.#readers.set(session, others);
    if (others > 0 || this.#timeoutMs === Number.POSITIVE_INFINITY) return;
    const cancel = this.#clock.after(this.#timeoutMs, () => {
      this.#readers.delete(session);
      this.#timers.delete(session);
      this.#lost(session);
    });
    this.#timers.set(session, cancel);
  }
}
