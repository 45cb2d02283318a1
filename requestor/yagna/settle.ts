import { setTimeout as pause } from 'node:timers/promises';
import { yagna } from './command.ts';
import { readWallet, type Wallet } from './wallet.ts';

/** ms between looks at the wallet. */
const pauseMs = 1_000;

/**
 * Has the daemon pay now what it owes (by itself it does so once a day, long after it is gone), and waits until the chain has
 * confirmed it. What the signal cuts short is in the daemon's data, and goes on with the next run.
 * @returns the wallet as last seen; undefined when the chain never answered
 */
export async function settle(network: string, signal: AbortSignal): Promise<Wallet | undefined> {
  await yagna('payment', 'process', 'now', '--network', network);
  let wallet: Wallet | undefined;
  while (!signal.aborted) {
    wallet = (await readWallet(network).catch(() => undefined)) ?? wallet;
    if (wallet && wallet.unconfirmed <= 0) return wallet;
    await pause(pauseMs, undefined, { signal }).catch(() => {});
  }
  return wallet;
}
