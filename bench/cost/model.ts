import { prices, type Tiers } from './prices.ts';

/** What a prediction and a run use. Sizes and counts are the code's; durations are assumed, rather too long than too short. */
export interface Usage {
  /** A prepared image, bytes: 224 pixels square. */
  readonly tensorBytes: number;
  /** Times that a client asks for its result. */
  readonly reads: number;
  /** s of the upload function at 1.77 GB, and of a read at 0.25 GB. */
  readonly uploadSeconds: number;
  readonly readSeconds: number;
  /** DynamoDB units a prediction, its index included: add 2, claim 3, complete 3; reads and its share of queries. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Bytes of log a prediction, access log included, and a run. */
  readonly logBytes: number;
  readonly runLogBytes: number;
  /** Between runs, minutes. */
  readonly scheduleMinutes: number;
  /** s of a run that finds nothing to do: images fetched, daemon up, daemon down. */
  readonly idleSeconds: number;
  /** s on a provider for a chunk of 16, its transfer and its share of the start included. */
  readonly chunkSeconds: number;
  /** Providers that work at once. */
  readonly providers: number;
  /** GLM that a provider takes an hour; by default the most that the settings allow, with 4 threads. */
  readonly glmHour: number;
}

export const usual: Usage = {
  tensorBytes: 150_528,
  reads: 3,
  uploadSeconds: 0.25,
  readSeconds: 0.03,
  writeUnits: 8,
  readUnits: 6,
  logBytes: 3000,
  runLogBytes: 40_000,
  scheduleMinutes: 10,
  idleSeconds: 90,
  chunkSeconds: 20,
  providers: 4,
  glmHour: 0.1 + 4 * 0.1,
};

export interface Cost {
  /** Dollars a month, by what they are paid for. */
  readonly dollars: Readonly<Record<string, number>>;
  readonly total: number;
  /** To providers. */
  readonly glm: number;
}

const monthHours = 730;
const gb = 1e9;
const chunk = 16;
/** Metrics without dimensions, and for one model and the usual refusals; alarms. */
const metrics = 17 + 8;
const alarms = 12;
const secrets = 2;

/** What so many predictions a month cost. */
export function costOf(predictions: number, usage: Usage = usual): Cost {
  const millions = predictions / 1e6;
  const requests = 1 + usage.reads;
  const lambdaSeconds = 1.769 * usage.uploadSeconds + 0.25 * usage.reads * usage.readSeconds;
  const storedGb = (predictions * usage.tensorBytes) / gb;
  const runs = (monthHours * 60) / usage.scheduleMinutes;
  const providerHours = ((predictions / chunk) * usage.chunkSeconds) / 3600;
  const taskHours = (runs * usage.idleSeconds) / 3600 + providerHours / usage.providers;
  const dollars = {
    'HTTP API': millions * requests * prices.apiMillion,
    Lambda: millions * requests * prices.lambdaMillion + predictions * lambdaSeconds * prices.lambdaGbSecond,
    S3: (predictions / 1000) * (prices.s3ThousandPuts + prices.s3ThousandGets) + storedGb * prices.s3GbMonth,
    DynamoDB:
      millions * (usage.writeUnits * prices.dynamoMillionWrites + usage.readUnits * prices.dynamoMillionReads) +
      millions * prices.dynamoGbMonth,
    'Fargate, with its address': taskHours * (prices.fargateVcpuHour + 4 * prices.fargateGbHour + prices.ipHour),
    'Data out to providers': storedGb * prices.outGb,
    'Logs, metrics, alarms':
      ((predictions * usage.logBytes + runs * usage.runLogBytes) / gb) * prices.logsGb +
      metrics * prices.metricMonth +
      alarms * prices.alarmMonth +
      prices.dashboardMonth,
    'Secrets, EFS, images': secrets * prices.secretMonth + 0.2 * prices.efsGbMonth + 0.6 * prices.ecrGbMonth,
  };
  const total = Object.values(dollars).reduce((sum, cost) => sum + cost, 0);
  return { dollars, total, glm: providerHours * usage.glmHour };
}

/** Predictions a month that the runs' time allows. */
export function capacity(runSeconds: number, usage: Usage = usual): number {
  const runs = (monthHours * 60) / usage.scheduleMinutes;
  return (runs * runSeconds * usage.providers * chunk) / usage.chunkSeconds;
}

/** Dollars for so many images at prices that fall with the number. */
export function tiered(images: number, tiers: Tiers): number {
  let from = 0;
  let dollars = 0;
  for (const { upTo, each } of tiers) {
    dollars += Math.max(0, Math.min(images, upTo) - from) * each;
    from = upTo;
  }
  return dollars;
}
