import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultyCalls } from './faults/calls.ts';
import { Faults, type RuleCount } from './faults/faults.ts';
import type { FaultPlan, FaultRule } from './faults/rules.ts';
import { type GolemOptions, providerSettings, TEST_NETWORKS } from './options.ts';
import { systemClock } from './provider/clock.ts';
import { newHex } from './provider/ids.ts';
import { Images } from './provider/images.ts';
import type { Report } from './report/report.ts';
import { activityCalls } from './stand-in/rest/calls/activity.ts';
import { controlCalls } from './stand-in/rest/calls/control.ts';
import { gsbCalls } from './stand-in/rest/calls/gsb.ts';
import { identityCalls } from './stand-in/rest/calls/identity.ts';
import { marketCalls } from './stand-in/rest/calls/market.ts';
import { paymentCalls } from './stand-in/rest/calls/payment.ts';
import { Router } from './stand-in/rest/router.ts';
import { GolemServer } from './stand-in/rest/server.ts';
import { StandIn } from './stand-in/stand-in.ts';

export type { RuleCount } from './faults/faults.ts';
export type { FaultPlan, FaultRule } from './faults/rules.ts';
export type { GolemOptions, Image, LogEvent, ProviderOptions } from './options.ts';
export type { Clock } from './provider/clock.ts';
export type { Report } from './report/report.ts';

export interface Golem {
  /** For the SDK's `api.url` or YAGNA_API_URL. */
  readonly url: string;
  /** For the SDK's `api.key` or YAGNA_APPKEY. */
  readonly appKey: string;
  report(): Report;
  /** The rules with how often they struck. */
  faults(): readonly RuleCount[];
  /**
   * From now on these faults strike, and no others.
   * @throws RangeError that says what is wrong with them
   */
  setFaults(faults: FaultPlan | readonly FaultRule[]): void;
  /** Ends every process, removes every file; gives what was open or unpaid at that moment. */
  close(): Promise<Report>;
}

/** The SDK listens without a pause, in turns of 5 seconds. */
const DESERTED_AFTER_SEC = 30;

/** Starts a yagna daemon's stand-in with providers that run commands on this machine. */
export async function startGolem(options: GolemOptions): Promise<Golem> {
  const { port = 0, appKey = newHex(16), networks = TEST_NETWORKS, log = () => {}, clock = systemClock } = options;
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new RangeError(`port must be 0 to 65535, not ${port}`);
  if (appKey === '') throw new RangeError('appKey must not be empty');
  const providers = providerSettings(options.providers);
  const faults = new Faults();
  const settings = {
    providers,
    faults,
    images: new Images(options.images ?? [], options.anyImage ?? false),
    networks,
    desertedAfterSec: options.desertedAfterSec ?? DESERTED_AFTER_SEC,
    clock,
    log,
  };
  const standIn = new StandIn({ ...settings, directory: await ownDirectory(options.dataDir ?? tmpdir()) });
  const daemon = [identityCalls, marketCalls, activityCalls, paymentCalls, gsbCalls].flatMap((callsOf) =>
    callsOf(standIn),
  );
  const calls = faultyCalls(daemon, standIn, (ms) => server.suspend(ms, clock));
  const router = new Router([...calls, ...controlCalls(standIn)]);
  const server = new GolemServer({ router, gsb: standIn.gsb, appKey, log });
  let taken: number;
  try {
    faults.know({ providers: providers.map(({ name }) => name), calls: calls.map(({ name }) => name) });
    faults.set(options.faults ?? []);
    taken = await server.listen(port);
  } catch (error) {
    await standIn.close();
    throw error;
  }
  let closing: Promise<Report> | undefined;
  return {
    url: `http://127.0.0.1:${taken}`,
    appKey,
    report: () => standIn.report(),
    faults: () => faults.counts().rules,
    setFaults: (plan) => void faults.set(plan),
    close() {
      closing ??= closeBoth(standIn, server);
      return closing;
    },
  };
}

async function closeBoth(standIn: StandIn, server: GolemServer): Promise<Report> {
  const report = standIn.report();
  await server.close();
  await standIn.close();
  return report;
}

/** Resolved, because programs see their directory by its real name. */
async function ownDirectory(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return realpath(await mkdtemp(join(parent, 'golem-')));
}
