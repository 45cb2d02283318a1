import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MetricValues } from '../../aws/metrics.ts';
import { yagna } from './command.ts';
import type { DaemonSettings } from './settings.ts';

export interface Wallet {
  /** Of GLM, or tGLM on a test network. */
  readonly glm: number;
  /** Of the network's own coin, which pays for transactions; undefined where the daemon does not report it. */
  readonly gas?: number;
  /** Accepted invoices whose payment is not confirmed on the chain yet, GLM. */
  readonly unconfirmed: number;
}

/** @throws Error when the daemon or the chain does not answer */
export async function readWallet(network: string): Promise<Wallet> {
  const status: PaymentStatus = JSON.parse(await yagna('payment', 'status', '--network', network, '--json'));
  const { accepted, confirmed } = status.outgoing;
  const wallet = {
    glm: Number(status.amount),
    unconfirmed: Number(accepted.totalAmount) - Number(confirmed.totalAmount),
    ...(status.gas && { gas: Number(status.gas.balance) }),
  };
  const strange = Object.entries(wallet).find(([, amount]) => !Number.isFinite(amount));
  if (strange) throw new Error(`The daemon's payment status has no ${strange[0]} that is a number.`);
  return wallet;
}

/** Of what `yagna payment status --json` prints (0.17), what is used here. */
interface PaymentStatus {
  readonly amount: string;
  readonly gas?: { readonly balance: string } | null;
  readonly outgoing: Readonly<Record<'accepted' | 'confirmed', { readonly totalAmount: string }>>;
}

export function walletMetrics({ glm, gas, unconfirmed }: Wallet): MetricValues {
  return {
    WalletGlm: [glm, 'None'],
    UnconfirmedGlm: [unconfirmed, 'None'],
    ...(gas !== undefined && { WalletGas: [gas, 'None'] as const }),
  };
}

/** Their tokens cost nothing, and a faucet gives them out. */
const testNetworks = new Set(['hoodi', 'holesky', 'sepolia', 'amoy']);

/**
 * On a test network, has the faucet fill a wallet that it has not filled before.
 * @returns whether it did
 * @throws Error when the faucet does not answer; the next run tries again
 */
export async function fundOnce({ network, datadir }: Pick<DaemonSettings, 'network' | 'datadir'>): Promise<boolean> {
  const mark = path.join(datadir, `funded-on-${network}`);
  if (!testNetworks.has(network) || existsSync(mark)) return false;
  await yagna('payment', 'fund', '--network', network);
  await writeFile(mark, '');
  return true;
}
