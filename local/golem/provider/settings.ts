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
  /** Seconds between two debit notes of an activity, unless the demand asks for another interval. */
  readonly debitNoteIntervalSec?: number;
}

export type ProviderSettings = Required<ProviderOptions>;

export const MOST_PROVIDERS = 200;

/** Modest prices, well under what a requestor's price filter would drop. */
const DEFAULTS: Omit<ProviderSettings, 'name'> = {
  cores: 4,
  threads: 8,
  memGib: 16,
  storageGib: 50,
  cpuPerHour: 0.00009,
  envPerHour: 0.00009,
  start: 0,
  debitNoteIntervalSec: 120,
};

/**
 * One complete entry per provider.
 * @param providers how many, or one entry each
 * @throws RangeError that names what is wrong
 */
export function providerSettings(providers: number | readonly ProviderOptions[]): ProviderSettings[] {
  const given = typeof providers === 'number' ? Array.from({ length: checkCount(providers) }, () => ({})) : providers;
  checkCount(given.length);
  const settings = given.map((options, i) => ({ name: `local-${i + 1}`, ...DEFAULTS, ...options }));
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
