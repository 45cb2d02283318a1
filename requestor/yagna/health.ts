import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonSettings } from './settings.ts';

/** ms. */
const answerMs = 3_000;
/** ms. */
const pauseMs = 500;

/** Whether the daemon's API answers to its key; it does once its identity and its connection to the network are up. */
export async function isHealthy({ apiUrl, appKey }: Pick<DaemonSettings, 'apiUrl' | 'appKey'>): Promise<boolean> {
  try {
    const headers = { authorization: `Bearer ${appKey}` };
    const { ok } = await fetch(new URL('/me', apiUrl), { headers, signal: AbortSignal.timeout(answerMs) });
    return ok;
  } catch {
    return false;
  }
}

/** Until the daemon is healthy (true), or `signal` is aborted (false). */
export async function untilHealthy(settings: DaemonSettings, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await isHealthy(settings)) return true;
    await pause(pauseMs, undefined, { signal }).catch(() => {});
  }
  return false;
}
