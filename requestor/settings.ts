import * as v from 'valibot';
import { type Environment, jsonSetting, modelSettings, required, storeSettings } from '../aws/settings.ts';
import type { InstalledModels } from '../core/catalogue.ts';
import { leaseMs } from '../core/request.ts';
import type { GolemSettings } from './golem/settings.ts';

/** What the requestor needs from its environment; the keys of `GolemSettings` are documented in docs/operate.md. */
export interface RequestorSettings {
  readonly table: string;
  readonly bucket: string;
  /** Requests are kept so many days from when they ended. */
  readonly resultDays: number;
  readonly installed: InstalledModels;
  readonly golem: GolemSettings;
  /** A run is stopped after this many seconds. */
  readonly runSeconds: number;
  /** A run's claim on a request ends after this many seconds: more than a run takes. */
  readonly leaseSeconds: number;
  /** From the start of one run to the next, as those who wait are told. */
  readonly scheduleSeconds: number;
}

const text = v.pipe(v.string(), v.minLength(1));
const reference = v.union([v.strictObject({ url: text, hash: text }), v.strictObject({ tag: text })]);
const imageSettings = v.record(text, reference);

/** @throws Error that names the variable and what it should hold */
export function requestorSettings(env: Environment): RequestorSettings {
  return {
    ...storeSettings(env),
    installed: modelSettings(env),
    golem: {
      apiUrl: required(env, 'YAGNA_API_URL'),
      network: required(env, 'PAYMENT_NETWORK'),
      images: jsonSetting(env, 'IMAGES', imageSettings) as GolemSettings['images'],
      providersPerFamily: count(env, 'PROVIDERS_PER_FAMILY', 4),
      limits: {
        start: glm(env, 'MAX_START_GLM', 0.01),
        cpuHour: glm(env, 'MAX_CPU_HOUR_GLM', 0.1),
        envHour: glm(env, 'MAX_ENV_HOUR_GLM', 0.1),
      },
      engageSeconds: count(env, 'ENGAGE_SECONDS', 180),
      chunkSeconds: count(env, 'CHUNK_SECONDS', 120),
      budget: glm(env, 'RUN_BUDGET_GLM', 1),
    },
    ...runTimes(env),
    scheduleSeconds: count(env, 'SCHEDULE_SECONDS', 600),
  };
}

/** A lease that ended during its run would let the next one do the same work beside it. */
function runTimes(env: Environment): { runSeconds: number; leaseSeconds: number } {
  const runSeconds = count(env, 'RUN_SECONDS', 360);
  const leaseSeconds = count(env, 'LEASE_SECONDS', leaseMs / 1000);
  if (leaseSeconds > runSeconds) return { runSeconds, leaseSeconds };
  throw new Error(
    `The environment variable LEASE_SECONDS is '${leaseSeconds}'; it takes more than RUN_SECONDS, which is ${runSeconds}.`,
  );
}

/** A positive whole number; `fallback` when the variable is not set. */
function count(env: Environment, name: string, fallback: number): number {
  const value = env[name];
  if (value === undefined) return fallback;
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`The environment variable ${name} is '${value}'; it takes a positive whole number.`);
}

/** An amount of GLM; `fallback` when the variable is not set. */
function glm(env: Environment, name: string, fallback: number): number {
  const value = env[name];
  if (value === undefined) return fallback;
  const amount = Number(value);
  if (value.trim() !== '' && Number.isFinite(amount) && amount >= 0) return amount;
  throw new Error(`The environment variable ${name} is '${value}'; it takes an amount of GLM, such as ${fallback}.`);
}
