import type { Clock } from '../../provider/clock.ts';

/** Notices sessions that came and have been away for some time. */
export class Presence {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #gone: (session: string) => void;
  readonly #here = new Map<string, number>();
  readonly #cancel = new Map<string, () => void>();

  constructor(clock: Clock, limitMs: number, gone: (session: string) => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#gone = gone;
  }

  /** The session is here for as long as this lasts. */
  async during<T>(session: string, stay: () => Promise<T>): Promise<T> {
    this.#cancel.get(session)?.();
    this.#here.set(session, (this.#here.get(session) ?? 0) + 1);
    try {
      return await stay();
    } finally {
      this.#leave(session);
    }
  }

  close(): void {
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
  }

  #leave(session: string): void {
    const others = (this.#here.get(session) ?? 1) - 1;
    this.#here.set(session, others);
    if (others > 0 || this.#limitMs === Number.POSITIVE_INFINITY) return;
    const cancel = this.#clock.after(this.#limitMs, () => {
      this.#here.delete(session);
      this.#cancel.delete(session);
      this.#gone(session);
    });
    this.#cancel.set(session, cancel);
  }
}
