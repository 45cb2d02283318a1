// A Golem on this machine: wires providers, the stand-in of a daemon, faults and the report together.
import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GolemBackend } from './backend.ts';
import { CALLS } from './calls.ts';
import { Control } from './control.ts';
import { alterations } from './faults/alterations.ts';
import { Faults, type RuleCount } from './faults/plan.ts';
import { FaultyProxy } from './faults/proxy.ts';
import type { FaultPlan, FaultRule } from './faults/rules.ts';
import { type GolemOptions, SESSION_TIMEOUT_SEC, TEST_NETWORKS } from './options.ts';
import { systemClock } from './provider/clock.ts';
import { newHex } from './provider/ids.ts';
import { Images } from './provider/images.ts';
import { ProcessGroups } from './provider/process-groups.ts';
import { type Machine, Provider } from './provider/provider.ts';
import { providerSettings } from './provider/settings.ts';
import { Rest } from './report/market.ts';
import { type Report, report } from './report/report.ts';
import { Traffic } from './report/traffic.ts';
import { StandIn } from './stand-in/index.ts';

export type { GolemBackend } from './backend.ts';
export type { Tampering } from './faults/outgoing.ts';
export type { RuleCount } from './faults/plan.ts';
export { random } from './faults/random.ts';
export type { FaultPlan, FaultRule } from './faults/rules.ts';
export type { GolemOptions } from './options.ts';
export type { Clock } from './provider/clock.ts';
export type { Image } from './provider/images.ts';
export type { ProviderOptions } from './provider/settings.ts';
export type { Report } from './report/report.ts';
export type { LogEvent } from './stand-in/agent.ts';

export interface Golem extends GolemBackend {
  /** The rules with how often they struck. */
  faults(): readonly RuleCount[];
  /**
   * From now on these faults strike, and no others.
   * @throws RangeError that says what is wrong with them
   */
  setFaults(faults: FaultPlan | readonly FaultRule[]): void;
}

/** Starts a yagna daemon's stand-in with providers that run commands on this machine. */
export async function startGolem(options: GolemOptions): Promise<Golem> {
  const { port = 0, appKey = newHex(16), networks = TEST_NETWORKS, log = () => {}, clock = systemClock } = options;
  const { sessionTimeoutSec = SESSION_TIMEOUT_SEC, tampering } = options;
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new RangeError(`port must be 0 to 65535, not ${port}`);
  if (appKey === '') throw new RangeError('appKey must not be empty');
  const settings = providerSettings(options.providers);
  const images = new Images(options.images ?? [], options.anyImage ?? false);
  const faults = new Faults({
    providers: settings.map(({ name }) => name),
    calls: Object.keys(CALLS),
    faults: tampering?.faults ?? [],
  });
  faults.set(options.faults ?? []);

  const unbilled = new Set<string>();
  const directory = await ownDirectory(options.dataDir ?? tmpdir());
  const groups = new ProcessGroups(directory);
  const machine: Machine = {
    directory,
    groups,
    images,
    networks,
    clock,
    alterations: alterations({
      faults,
      tampering,
      clock,
      unbilled,
      leavers: {
        vanish: (agreementId, how) => standIn.agent.fallSilent(agreementId, how),
        leave: (agreementId) => standIn.agent.drop(agreementId, 'Shutting down Provider', 'Shutdown'),
      },
    }),
    onFilesLeft: (provider, error) => log({ event: 'files left', provider, message: String(error) }),
  };
  const providers = settings.map((one) => new Provider(one, machine));
  const standIn = new StandIn({ providers, appKey, sessionTimeoutMs: sessionTimeoutSec * 1000, clock, log });
  const daemon = await standIn.listen().catch(async (error) => {
    await groups.close();
    throw error;
  });
  const traffic = new Traffic();
  const rest = new Rest(`http://127.0.0.1:${daemon}`, appKey);
  const sources = { daemon: rest, traffic, groups, providers, unbilled };
  const control = new Control({ appKey, faults, providers, report: () => report(sources) });
  const proxy = new FaultyProxy({
    daemon,
    faults,
    clock,
    providerOf: (call, body) => standIn.providerOf(call, body),
    intercept: (request, response) => control.intercept(request, response),
    watch: traffic,
  });

  const end = async (): Promise<void> => {
    await proxy.close();
    await standIn.close();
    await Promise.all(providers.flatMap((provider) => provider.openUnits()).map((unit) => unit.terminate()));
    await groups.close();
  };
  let taken: number;
  try {
    taken = await proxy.listen(port);
  } catch (error) {
    await end();
    throw error;
  }
  let closing: Promise<Report> | undefined;
  return {
    url: `http://127.0.0.1:${taken}`,
    appKey,
    network: networks[0] ?? TEST_NETWORKS[0],
    report: () => report(sources),
    faults: () => faults.counts().rules,
    setFaults: (plan) => void faults.set(plan),
    close() {
      closing ??= report(sources).finally(end);
      return closing;
    },
  };
}

/** Resolved, because programs see their directory by its real name. */
async function ownDirectory(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return realpath(await mkdtemp(join(parent, 'golem-')));
}
