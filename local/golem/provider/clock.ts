/** Time as the providers and the daemon see it. Tests pass in their own to make 90 idle seconds or an hour pass at once. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `act` once, `ms` milliseconds from now; the answer cancels it. */
  after(ms: number, act: () => void): () => void;
}

/** Node keeps a timer's delay in 32 bits: a longer one fires at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const delay = Math.min(Math.max(left, 0), LONGEST_DELAY_MS);
      timer = setTimeout(() => (left > delay ? arm(left - delay) : act()), delay).unref();
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};
