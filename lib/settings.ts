import * as v from 'valibot';
import { catalogue, type Family, type InstalledModels, modelById } from '../core/catalogue.ts';
import { installedModels, modelDirs } from '../golem-image/models.ts';

/** What a deployment can choose. */
export interface MlgSettings {
  /** The networks that the provider images hold; by default those beside the provider program. */
  readonly models: InstalledModels;
  /** The provider image of each family, as the Golem Network knows it. */
  readonly images: Partial<Record<Family, ProviderImage>>;
  /** The payment network. Everything but `polygon` and `mainnet` is for trials, with worthless tokens. */
  readonly network: PaymentNetwork;
  /** From one requestor run to the next. */
  readonly scheduleMinutes: number;
  /** A run stops engaging providers after this long, seconds: less than a lease on a request (15 minutes). */
  readonly runSeconds: number;
  /** Providers that one family of networks may engage at a time. */
  readonly providersPerFamily: number;
  readonly spending: Spending;
  /** Of the API as a whole. */
  readonly throttling: Throttling;
  /** Web origins whose pages may use the API and post images; `*` is every one. */
  readonly corsOrigins: readonly string[];
  /** Whether sending an image takes an API key. Reading needs none: a request's id is the key to its result. */
  readonly apiKeys: boolean;
  /** A name of one's own for the API. */
  readonly domain?: Domain;
  /** Who is told of alarms; without it, they only show in CloudWatch. */
  readonly alarmEmail?: string;
  /** An alarm is raised when the wallet holds less, GLM. */
  readonly walletLowGlm: number;
  /** How long a request is kept once it has ended, and its result with it, days. */
  readonly resultDays: number;
  /** How long the records of runs are kept, days. */
  readonly runRecordDays: number;
  /** How long logs are kept, days. */
  readonly logDays: (typeof logDays)[number];
  /** Whether table, bucket and the Golem daemon's data outlive the stack. */
  readonly keepData: boolean;
  /** A registry's image to run in place of the one built from requestor/Dockerfile. */
  readonly requestorImage?: string;
  /** A registry's image to run in place of the one built from requestor/yagna/Dockerfile. */
  readonly yagnaImage?: string;
}

/** In Golem's registry by tag, or anywhere by address and SHA3-224. */
export type ProviderImage = { readonly tag: string } | { readonly url: string; readonly hash: string };

/** Limits, GLM. */
export interface Spending {
  /** When a run has spent this much, what is pending waits for the next run. */
  readonly runBudget: number;
  /** Providers that ask more are not engaged: for a start, a processor-hour and an hour. */
  readonly maxStart: number;
  readonly maxCpuHour: number;
  readonly maxEnvHour: number;
}

export interface Domain {
  readonly name: string;
  /** Of a certificate for the name in AWS Certificate Manager, in the stack's region. */
  readonly certificateArn: string;
}

export interface Throttling {
  /** Requests a second that the API takes for long. */
  readonly rate: number;
  /** Requests that it takes at once. */
  readonly burst: number;
}

export type PaymentNetwork = (typeof networks)[number];

const networks = ['hoodi', 'holesky', 'sepolia', 'amoy', 'polygon', 'mainnet'] as const;
const logDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365] as const;
const families = [...new Set(catalogue.map(({ family }) => family))];

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const whole = v.pipe(v.number(), v.integer('must be a whole number'));
const wholeOf = (least: number, most: number) => {
  const range = `must be ${least} to ${most}`;
  return v.pipe(whole, v.minValue(least, range), v.maxValue(most, range));
};

const glm = v.pipe(v.number(), v.minValue(0, 'must not be less than 0'));
const origin = v.pipe(
  v.string(),
  v.regex(/^(\*|https?:\/\/[^/\s]+)$/, "must be '*' or an origin such as https://example.org"),
);

const model = v.strictObject({
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')),
  weights: v.picklist(['official', 'synthetic']),
});
const modelId = v.pipe(
  v.string(),
  v.check((id) => modelById(id) !== undefined, 'must be a model of the catalogue'),
);
const image = v.union([v.strictObject({ tag: text }), v.strictObject({ url: text, hash: text })]);

const schema = v.strictObject({
  models: v.optional(v.record(modelId, model)),
  images: v.optional(v.record(v.picklist(families), image), {}),
  network: v.optional(v.picklist(networks), 'hoodi'),
  // EventBridge knows nothing shorter than a minute.
  scheduleMinutes: v.optional(wholeOf(1, 1440), 10),
  runSeconds: v.optional(wholeOf(30, 600), 360),
  providersPerFamily: v.optional(wholeOf(1, 100), 4),
  spending: v.optional(
    v.strictObject({
      runBudget: v.optional(glm, 1),
      maxStart: v.optional(glm, 0.01),
      maxCpuHour: v.optional(glm, 0.1),
      maxEnvHour: v.optional(glm, 0.1),
    }),
    {},
  ),
  throttling: v.optional(
    v.strictObject({
      rate: v.pipe(v.number(), v.minValue(1, 'must be at least 1')),
      burst: v.pipe(whole, v.minValue(1, 'must be at least 1')),
    }),
    { rate: 50, burst: 100 },
  ),
  corsOrigins: v.optional(v.array(origin), ['*']),
  apiKeys: v.optional(v.boolean(), false),
  domain: v.exactOptional(
    v.strictObject({
      name: v.pipe(v.string(), v.regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must be a host name')),
      certificateArn: v.pipe(v.string(), v.startsWith('arn:', 'must be an ARN')),
    }),
  ),
  alarmEmail: v.exactOptional(v.pipe(v.string(), v.email('must be an e-mail address'))),
  walletLowGlm: v.optional(glm, 2),
  // An idempotency key lasts a day, and its request must be there as long.
  resultDays: v.optional(wholeOf(1, 365), 30),
  runRecordDays: v.optional(wholeOf(1, 365), 90),
  logDays: v.optional(v.picklist(logDays), 30),
  keepData: v.optional(v.boolean(), true),
  requestorImage: v.exactOptional(text),
  yagnaImage: v.exactOptional(text),
});

/**
 * Settings, checked, with the defaults for what is not given.
 * @throws Error that names the setting and what it should be, also for a setting that does not exist
 */
export async function completeSettings(given: unknown): Promise<MlgSettings> {
  const result = v.safeParse(schema, given);
  if (!result.success) throw new Error(describe(result.issues[0]));
  const models = result.output.models ?? (await installedModels(modelDirs(process.env)));
  return { ...result.output, models };
}

/** Settings from CDK's context: an object in cdk.json under `mlg`, or its JSON from the command line (`-c mlg=…`). */
export async function settingsFromContext(context: unknown): Promise<MlgSettings> {
  return completeSettings(typeof context === 'string' ? parsed(context) : (context ?? {}));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new Error('The setting mlg is not JSON. Give an object, such as {"network":"polygon"}.', { cause });
  }
}

function describe(issue: v.BaseIssue<unknown>): string {
  const at = v.getDotPath(issue) ?? 'mlg';
  if (issue.expected === 'never') return `There is no setting '${at}'.`;
  return `The setting '${at}' is wrong: ${issue.message}.`;
}
