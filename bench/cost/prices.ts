/**
 * List prices, dollars, us-east-1. Looked up on 22 November 2026 in what others quote of AWS' lists of 2025 and 2026, but
 * for addresses, EFS, ECR and secrets (together about a dollar a month), which are from memory. Each group names the page
 * to check them on. No free tier is counted, but for the alternatives'.
 */
export const prices = {
  /** https://aws.amazon.com/api-gateway/pricing: HTTP API, a million requests (metered in 512 KB). */
  apiMillion: 1.0,
  /** https://aws.amazon.com/lambda/pricing: a million requests, and a GB-second on x86. */
  lambdaMillion: 0.2,
  lambdaGbSecond: 0.0000166667,
  /** https://aws.amazon.com/s3/pricing: Standard, a thousand PUT and GET, a GB-month. */
  s3ThousandPuts: 0.005,
  s3ThousandGets: 0.0004,
  s3GbMonth: 0.023,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand: a million request units, a GB-month, point-in-time recovery. */
  dynamoMillionWrites: 0.625,
  dynamoMillionReads: 0.125,
  dynamoGbMonth: 0.25 + 0.2,
  /** https://aws.amazon.com/fargate/pricing: Linux on x86, an hour. */
  fargateVcpuHour: 0.04048,
  fargateGbHour: 0.004445,
  /** https://aws.amazon.com/vpc/pricing: a public IPv4 address, an hour. */
  ipHour: 0.005,
  /** https://aws.amazon.com/efs/pricing: Standard, a GB-month; https://aws.amazon.com/ecr/pricing: a GB-month. */
  efsGbMonth: 0.3,
  ecrGbMonth: 0.1,
  /** https://aws.amazon.com/ec2/pricing/on-demand: data out to the internet, a GB, the first 10 TB. */
  outGb: 0.09,
  /** https://aws.amazon.com/cloudwatch/pricing: a metric-month, an alarm-month, a dashboard-month, a GB of logs. */
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
  logsGb: 0.5,
  /** https://aws.amazon.com/secrets-manager/pricing: a secret-month. */
  secretMonth: 0.4,
} as const;

/** A price that falls with the number: for each image up to `upTo`, dollars. */
export type Tiers = readonly { readonly upTo: number; readonly each: number }[];

/** Label detection, by its own general classes, at once instead of within minutes. */
export const alternatives: Readonly<Record<string, Tiers>> = {
  /** https://cloud.google.com/vision/pricing */
  'Google Cloud Vision, label detection': [
    { upTo: 1000, each: 0 },
    { upTo: 5_000_000, each: 0.0015 },
    { upTo: Number.POSITIVE_INFINITY, each: 0.001 },
  ],
};
