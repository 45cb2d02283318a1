import { Unreachable } from './api.ts';

/** ms between two tries, which double from the first to the longest. */
const firstPause = 1_000;
const longestPause = 15_000;

/**
 * Repeats work while it fails with Unreachable, more and more slowly, and at once when the browser is online again.
 * @param onUnreachable is called with true after each failure, and with false on success
 */
export async function patiently<T>(
  work: () => Promise<T>,
  onUnreachable: (isUnreachable: boolean) => void,
  wait: (ms: number) => Promise<void> = pause,
): Promise<T> {
  for (let ms = firstPause; ; ms = Math.min(ms * 2, longestPause)) {
    try {
      const result = await work();
      onUnreachable(false);
      return result;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      onUnreachable(true);
      await wait(ms);
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
