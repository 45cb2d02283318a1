import * as v from 'valibot';
import { catalogue, families } from '../core/catalogue.ts';
import { leaseMs } from '../core/request.ts';

// Every setting, once: what a deployment may choose, the variables by which programs read it, and the defaults.
// docs/operate.md holds the same as tables; a test compares them.

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const isPositive = (value: number) => Number.isInteger(value) && value > 0;
const positive = v.pipe(
  v.number('must be a positive whole number'),
  v.check(isPositive, 'must be a positive whole number'),
);
const within = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(least, rule), v.maxValue(most, rule));
};
const glm = v.pipe(v.number('must be an amount of GLM'), v.minValue(0, 'must be an amount of GLM, not less than 0'));
const networks = ['hoodi', 'holesky', 'sepolia', 'amoy', 'polygon', 'mainnet'] as const;
const network = v.picklist(networks, `must be one of ${networks.join(', ')}`);

/** An object by key. valibot's own record passes over keys such as `constructor`, in place of refusing them. */
const byKey = <Key extends string, Value extends v.GenericSchema>(keys: readonly Key[], what: string, value: Value) => {
  const key = v.picklist(keys, `must be ${what}`);
  const hasOwnOnly = (input: unknown) => typeof input === 'object' && input !== null && !passedOver(input);
  return v.pipe(v.custom<object>(hasOwnOnly, `must be an object with keys that are ${what}`), v.record(key, value));
};
const passedOver = (input: object) =>
  ['__proto__', 'constructor', 'prototype'].some((name) => Object.hasOwn(input, name));

/** The networks that the provider images hold, with the hash that a provider's answer must carry. */
const models = byKey(
  catalogue.map(({ id }) => id),
  'a model of the catalogue',
  v.strictObject({
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')),
    weights: v.picklist(['official', 'synthetic']),
  }),
);
/** The provider image of each family: in Golem's registry by tag, or anywhere by address and SHA3-224. */
const images = byKey(
  families,
  'a family of networks',
  v.union([v.strictObject({ tag: text }), v.strictObject({ url: text, hash: text })]),
);

/** A setting with a default. */
const setting = <Schema extends v.GenericSchema>(schema: Schema, fallback: v.InferInput<Schema>, about: string) =>
  v.optional(v.pipe(schema, v.description(about)), fallback as never);

/** A setting without: what happens when it is not chosen is said in words. */
const without = <Schema extends v.GenericSchema>(schema: Schema, otherwise: string, about: string) =>
  v.exactOptional(v.pipe(schema, v.metadata({ otherwise }), v.description(about)));

/** What a deployment can choose, in cdk.json. Pure: it is not in the bundles of functions, which do not use it. */
export const deployment = /* @__PURE__ */ deploymentSchema();

function deploymentSchema() {
  const rate = v.pipe(v.number(), v.minValue(1, 'must be at least 1'));
  const origin = v.pipe(
    v.string(),
    v.regex(/^(\*|https?:\/\/[^/\s]+)$/, "must be '*' or an origin such as https://example.org"),
  );
  const settings = v.strictObject({
    models: without(models, 'those installed here', 'by id, `{sha256, weights}`: what the provider images hold'),
    images: setting(images, {}, 'by family, `{url, hash}` or `{tag}`: where providers get its image'),
    network: setting(network, 'hoodi', '`hoodi`, `holesky`, `sepolia`, `amoy` (tests), `polygon`, `mainnet`'),
    // EventBridge knows nothing shorter than a minute.
    scheduleMinutes: setting(within(1, 1440), 10, '1 to 1440: from one run to the next'),
    runSeconds: setting(within(30, 600), 360, '30 to 600: a run is stopped after it; less than a lease, 900'),
    providersPerFamily: setting(within(1, 100), 4, '1 to 100: engaged at a time'),
    spending: v.optional(
      v.strictObject({
        runBudget: setting(glm, 1, 'GLM per run; when it is spent, the rest waits for the next one'),
        maxStart: setting(glm, 0.01, 'GLM per start; providers that ask more are not engaged'),
        maxCpuHour: setting(glm, 0.1, 'GLM per processor-hour, likewise'),
        maxEnvHour: setting(glm, 0.1, 'GLM per hour, likewise'),
        dayBudget: setting(glm, 10, 'GLM per day (UTC), of all runs together; what is beyond it is paid later'),
        agreementCap: setting(glm, 1, 'GLM per agreement; a bill for more is refused'),
        maxThreads: setting(within(1, 1024), 32, '1 to 1024: threads; providers that have more are not engaged'),
      }),
      {},
    ),
    throttling: v.optional(
      v.strictObject({
        rate: setting(rate, 50, 'requests per second, of the API as a whole'),
        burst: setting(v.pipe(rate, v.integer('must be a whole number')), 100, 'requests at once'),
      }),
      {},
    ),
    backlog: setting(within(1, 100_000), 5000, '1 to 100000: requests that may wait for one network; more are refused'),
    dailyRequests: setting(
      within(1, 10_000_000),
      10_000,
      '1 to 10000000: images that the holder of an API key may send per day (UTC)',
    ),
    corsOrigins: setting(v.array(origin), ['*'], 'origins of pages that may use the API and post images'),
    apiKeys: setting(v.boolean(), false, '[deploy.md](deploy.md#api-keys)'),
    domain: v.exactOptional(
      v.strictObject({
        name: v.pipe(
          v.string(),
          v.regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must be a host name'),
          v.description('[deploy.md](deploy.md#a-name-of-your-own)'),
        ),
        certificateArn: v.pipe(
          v.string(),
          v.startsWith('arn:', 'must be an ARN'),
          v.description('of a certificate for the name, in the stack’s region'),
        ),
      }),
    ),
    alarmEmail: without(v.pipe(v.string(), v.email('must be an e-mail address')), 'none', 'who is told of alarms'),
    walletLowGlm: setting(glm, 2, 'GLM; an alarm is raised when the wallet holds less'),
    // An idempotency key lasts a day, and its request must be there as long.
    resultDays: setting(
      within(1, 365),
      30,
      '1 to 365: days that a request and its result are kept once it has ended. Its image is kept as long from its arrival, but 7 at least: a request that waits longer than its image is kept fails (`image_lost`)',
    ),
    runRecordDays: setting(within(1, 365), 90, '1 to 365: days that the records of runs are kept'),
    logDays: setting(
      v.picklist([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365]),
      30,
      'days that logs are kept: a number that CloudWatch knows',
    ),
    keepData: setting(v.boolean(), true, 'tables, bucket, file system and secrets outlive the stack'),
    requestorImage: without(text, 'built at deployment', 'a registry’s image to run in its place'),
    yagnaImage: without(text, 'built at deployment', 'likewise, for the daemon'),
    requestsAlarm: setting(
      positive,
      5000,
      'API calls, or posts to the bucket, within five minutes; an alarm is raised when there are more',
    ),
    monthlyBudgetUsd: without(
      v.pipe(v.number('must be an amount of USD'), v.minValue(1, 'must be at least 1')),
      'none',
      'USD per month, of the whole AWS account; `alarmEmail` gets mail at 80 % and 100 % of it, and when the forecast exceeds it',
    ),
    // A queue wakes no fewer than two functions at a time.
    imageConcurrency: without(
      within(2, 1000),
      'not reserved',
      '2 to 1000: executions at a time that each of the two functions that decode images gets, and no more; [below](#reserved-concurrency)',
    ),
  });
  type Chosen = v.InferOutput<typeof settings>;
  const knowsWhom = v.check<Chosen, string>(
    ({ monthlyBudgetUsd, alarmEmail }) => monthlyBudgetUsd === undefined || alarmEmail !== undefined,
    'must be given with monthlyBudgetUsd, whose warnings it gets',
  );
  return v.pipe(settings, v.forward(knowsWhom, ['alarmEmail']));
}

export interface Variable<Schema extends v.GenericSchema = v.GenericSchema> {
  /** In the environment. Text as it is, anything else as JSON. */
  readonly name: string;
  readonly schema: Schema;
  /** What it holds, where it is not the setting of the same name. */
  readonly about?: string;
  /** For a variable that the stack does not set. */
  readonly fallback?: v.InferOutput<Schema>;
}

const variable = <Schema extends v.GenericSchema>(
  name: string,
  schema: Schema,
  about?: string,
  fallback?: v.InferOutput<Schema>,
): Variable<Schema> => ({ name, schema, ...(about && { about }), ...(fallback !== undefined && { fallback }) });

/** What programs read from their environment. What has the name of a setting holds that setting's value. */
export const variables = {
  table: variable('TABLE_NAME', text, 'the table of requests'),
  operations: variable('OPERATIONS_TABLE', text, 'the table of API keys, the run lock and the run history'),
  resultDays: variable('RESULT_DAYS', positive),
  bucket: variable('BUCKET_NAME', text, 'the bucket of images and records of runs'),
  models: variable('MODELS', models),
  backlog: variable('MAX_BACKLOG', positive),
  dailyRequests: variable('DAILY_REQUESTS', positive),
  images: variable('IMAGES', images),
  network: variable('PAYMENT_NETWORK', network),
  scheduleSeconds: variable('SCHEDULE_SECONDS', positive, 'sixty times the setting `scheduleMinutes`'),
  runSeconds: variable('RUN_SECONDS', positive),
  providersPerFamily: variable('PROVIDERS_PER_FAMILY', positive),
  runBudget: variable('RUN_BUDGET_GLM', glm),
  maxStart: variable('MAX_START_GLM', glm),
  maxCpuHour: variable('MAX_CPU_HOUR_GLM', glm),
  maxEnvHour: variable('MAX_ENV_HOUR_GLM', glm),
  dayBudget: variable('DAY_BUDGET_GLM', glm),
  agreementCap: variable('AGREEMENT_CAP_GLM', glm),
  maxThreads: variable('MAX_THREADS', positive),
  apiUrl: variable('YAGNA_API_URL', text, 'of the daemon’s API'),
  leaseSeconds: variable('LEASE_SECONDS', positive, 'a claim on a request ends after it', leaseMs / 1000),
  engageSeconds: variable('ENGAGE_SECONDS', positive, 'for a provider to be ready for work, image and all', 180),
  chunkSeconds: variable('CHUNK_SECONDS', positive, 'for a provider to answer a chunk', 120),
  lockFile: variable('LOCK_FILE', text, 'is there as long as the lock is held'),
} as const;

export type VariableName = keyof typeof variables;
export type Values = { readonly [Name in VariableName]: v.InferOutput<(typeof variables)[Name]['schema']> };

/** What the requestor reads: all but what is for the lock, or for functions, alone. */
const notOfRequestor: readonly VariableName[] = ['lockFile', 'backlog', 'dailyRequests'];
export const requestorVariables = (Object.keys(variables) as VariableName[]).filter(
  (name) => !notOfRequestor.includes(name),
);

/** The environment of a process, as the CDK stack or local/cloud sets it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads variables from a program's environment.
 * @throws Error that names the variable, and what it must hold
 */
export function readVariables<Name extends VariableName>(env: Environment, names: readonly Name[]): Pick<Values, Name> {
  return Object.fromEntries(names.map((name) => [name, read(env, variables[name])])) as Pick<Values, Name>;
}

/**
 * Returns the environment from which a program reads these variables. Those that have a default may be left out.
 * @throws Error when there is no value for another one
 */
export function environmentOf(names: readonly VariableName[], values: Partial<Values>): Record<string, string> {
  const written = names.flatMap((key) => {
    const { name, fallback }: Variable = variables[key];
    const value = values[key];
    if (value === undefined && fallback === undefined) throw new Error(`There is no value for ${name}.`);
    return value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
  return Object.fromEntries(written);
}

/** Returns a variable that must be set and not be empty. */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

function read(env: Environment, { name, schema, fallback }: Variable): unknown {
  if (env[name] === undefined && fallback !== undefined) return fallback;
  const written = required(env, name);
  const asText = v.safeParse(schema, written);
  if (asText.success) return asText.output;
  const result = v.safeParse(schema, parsed(written));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = v.getDotPath(issue);
  throw new Error(
    `The environment variable ${name} ${at ? `at '${at}'` : `is '${shortened(written)}'; it`} ${issue.message}.`,
  );
}

function parsed(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}

const shortened = (value: string) => (value.length > 40 ? `${value.slice(0, 40)}…` : value);
