import { Away } from './api.ts';

/** ms */
const firstPause = 1_000;
const longestPause = 15_000;

/**
 * Tries until it does not fail for want of an answer, more and more slowly, and at once when the browser is online again.
 * @param onAway is called with true after each failure, and with false when it has gone well in the end
 */
export async function patiently<T>(work: () => Promise<T>, onAway: (away: boolean) => void): Promise<T> {
  for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
    try {
      const result = await work();
      onAway(false);
      return result;
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      onAway(true);
      await pause(wait);
    }
  }
}

/** ms; or until the browser is online again. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      removeEventListener('online', end);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('online', end);
  });
}
