/**
 * The program of the daemon's container: starts `yagna service run`, and on SIGTERM has it pay what is owed
 * before it stops it. The environment is the daemon's too.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { metricsLine } from '../../aws/metrics.ts';
import { untilHealthy } from './health.ts';
import { type DaemonSettings, daemonSettings } from './settings.ts';
import { settle } from './settle.ts';
import { fundOnce, walletMetrics } from './wallet.ts';

/** ms, each changed by an environment variable of that name; together below the 120 s between SIGTERM and SIGKILL. */
const startMs = deadline('YAGNA_START_MS', 110_000);
const settleMs = deadline('YAGNA_SETTLE_MS', 80_000);
const stopMs = deadline('YAGNA_STOP_MS', 20_000);

const stopRequest = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopRequest.abort());

try {
  process.exit(await serve(daemonSettings(process.env)));
} catch (error) {
  log('FATAL', 'the daemon could not be run', { error: message(error) });
  process.exit(1);
}

/** @returns the exit code */
async function serve(settings: DaemonSettings): Promise<number> {
  const daemon = spawn('yagna', ['service', 'run'], { stdio: 'inherit' });
  const ended = endOf(daemon);
  const exit = new AbortController();
  void ended.then(() => exit.abort());
  const started = AbortSignal.any([stopRequest.signal, exit.signal, AbortSignal.timeout(startMs)]);
  if (!(await untilHealthy(settings, started))) {
    if (!stopRequest.signal.aborted)
      log('ERROR', exit.signal.aborted ? 'the daemon ended' : 'the daemon is not healthy');
    await stop(daemon, ended);
    return stopRequest.signal.aborted ? 0 : 1;
  }
  log('INFO', 'the daemon is ready');
  await attempt('the wallet could not be funded', async () => {
    if (await fundOnce(settings)) log('INFO', 'the wallet was funded by the faucet');
  });

  await aborted(AbortSignal.any([stopRequest.signal, exit.signal]));
  if (exit.signal.aborted) {
    log('ERROR', 'the daemon ended by itself');
    return 1;
  }
  await attempt('what is owed could not be paid yet', () => pay(settings.network, exit.signal));
  await stop(daemon, ended);
  return 0;
}

async function pay(network: string, exit: AbortSignal): Promise<void> {
  const wallet = await settle(network, AbortSignal.any([exit, AbortSignal.timeout(settleMs)]));
  if (!wallet) return log('WARN', 'the chain did not answer; payments go on with the next run');
  process.stdout.write(`${metricsLine(walletMetrics(wallet), Date.now())}\n`);
  if (wallet.unconfirmed > 0) return log('WARN', 'payments are not confirmed yet; they go on with the next run');
  log('INFO', 'all is paid');
}

/** In order, so that its files are whole; by force when that takes too long. */
async function stop(daemon: ChildProcess, ended: Promise<unknown>): Promise<void> {
  daemon.kill('SIGTERM');
  const killer = setTimeout(() => daemon.kill('SIGKILL'), stopMs);
  await ended;
  clearTimeout(killer);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function endOf(daemon: ChildProcess): Promise<void> {
  await once(daemon, 'exit').catch((error: unknown) =>
    log('FATAL', 'yagna cannot be started', { error: message(error) }),
  );
}

async function attempt(failure: string, step: () => Promise<void>): Promise<void> {
  await step().catch((error: unknown) => log('WARN', failure, { error: message(error) }));
}

function log(level: 'INFO' | 'WARN' | 'ERROR' | 'FATAL', text: string, fields: Record<string, string> = {}): void {
  const line = { level, timestamp: new Date().toISOString(), service: 'yagna', ...fields, message: text };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function deadline(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback);
}
