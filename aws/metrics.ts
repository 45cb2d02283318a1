/** Of all metrics in CloudWatch. */
export const namespace = 'mlg';

export type MetricUnit = 'Count' | 'Seconds' | 'Percent' | 'None';

/** Values of metrics at one moment, by name. */
export type MetricValues = Readonly<Record<string, readonly [value: number, unit: MetricUnit]>>;

/**
 * One line for the log, which CloudWatch turns into metrics (embedded metric format). Each combination of dimensions is a
 * metric of its own, and has its price.
 * @param now ms since 1970
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricsLine(
  values: MetricValues,
  now: number,
  dimensions: Readonly<Record<string, string>> = {},
): string {
  const entries = Object.entries(values);
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: entries.map(([Name, [, Unit]]) => ({ Name, Unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(entries.map(([name, [value]]) => [name, value])),
  });
}
