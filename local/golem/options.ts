import type { FaultPlan, FaultRule } from './faults/rules.ts';
import type { Clock } from './provider/clock.ts';

export interface ProviderOptions {
  /** Unique; also the name of its directory. */
  readonly name?: string;
  /** Physical cores and hardware threads that the offer promises. */
  readonly cores?: number;
  readonly threads?: number;
  readonly memGib?: number;
  readonly storageGib?: number;
  /** Prices in GLM: per hour of processor use, per hour of an activity's life, and once per activity. */
  readonly cpuPerHour?: number;
  readonly envPerHour?: number;
  readonly start?: number;
  /** Seconds between two debit notes of an activity. */
  readonly debitNoteIntervalSec?: number;
}

/** What a provider runs programs from, in place of a VM image: `<root>/bin` comes first in PATH. */
export interface Image {
  /** As in a demand's task package, hex. */
  readonly hash?: string;
  readonly url?: string;
  /** Absolute path of a local folder. */
  readonly root: string;
}

export interface GolemOptions {
  /** 0 (the default) takes any free port. Only 127.0.0.1 is listened on. */
  readonly port?: number;
  /** How many, or one entry each. */
  readonly providers: number | readonly ProviderOptions[];
  readonly images?: readonly Image[];
  /** Deploy also images that are not listed; their activities have the machine's own programs only. */
  readonly anyImage?: boolean;
  /** The key that requestors must use; default: a random one. */
  readonly appKey?: string;
  /** The folder in which the stand-in makes a directory for its own life; default: the system's temporary folder. */
  readonly dataDir?: string;
  /** Payment networks of every provider; default: the test networks. */
  readonly networks?: readonly string[];
  /**
   * A requestor that stops listening for so long is taken for dead and its providers are freed. Real providers notice only when
   * debit notes go unpaid, minutes later: give Infinity for that. Default: 30.
   */
  readonly desertedAfterSec?: number;
  /** What goes wrong, where and when; default: nothing. */
  readonly faults?: FaultPlan | readonly FaultRule[];
  readonly log?: (event: LogEvent) => void;
  readonly clock?: Clock;
}

export interface LogEvent {
  readonly event: string;
  readonly [detail: string]: unknown;
}

export type ProviderSettings = Required<ProviderOptions>;

const MOST_PROVIDERS = 200;

/** Modest prices, well under what a requestor's price filter would drop. */
const PROVIDER_DEFAULTS: Omit<ProviderSettings, 'name'> = {
  cores: 4,
  threads: 8,
  memGib: 16,
  storageGib: 50,
  cpuPerHour: 0.00009,
  envPerHour: 0.00009,
  start: 0,
  debitNoteIntervalSec: 120,
};

export const TEST_NETWORKS: readonly string[] = ['hoodi', 'holesky', 'sepolia', 'amoy'];

/** One complete entry a provider, or an error that names the wrong one. */
export function providerSettings(providers: GolemOptions['providers']): ProviderSettings[] {
  const given = typeof providers === 'number' ? Array.from({ length: checkCount(providers) }, () => ({})) : providers;
  checkCount(given.length);
  const settings = given.map((options, i) => ({ name: `local-${i + 1}`, ...PROVIDER_DEFAULTS, ...options }));
  const names = new Set<string>();
  for (const provider of settings) {
    checkProvider(provider);
    if (names.has(provider.name)) throw new RangeError(`two providers are named ${provider.name}: names must differ`);
    names.add(provider.name);
  }
  return settings;
}

function checkCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_PROVIDERS) return count;
  throw new RangeError(`providers must be a whole number from 1 to ${MOST_PROVIDERS}, not ${count}`);
}

function checkProvider(provider: ProviderSettings): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(provider.name)) {
    throw new RangeError(`a provider's name takes letters, digits, - and _, at most 64; not ${provider.name}`);
  }
  const { name, cpuPerHour, envPerHour, start, ...positive } = provider;
  for (const [key, value] of Object.entries({ cpuPerHour, envPerHour, start })) {
    if (!(value >= 0)) throw new RangeError(`${name}: ${key} must not be negative, but is ${value}`);
  }
  for (const [key, value] of Object.entries(positive)) {
    if (!(value > 0)) throw new RangeError(`${name}: ${key} must be above 0, but is ${value}`);
  }
}
