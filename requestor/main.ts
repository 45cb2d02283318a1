import { randomBytes } from 'node:crypto';
import { documentClient, s3Client } from '../aws/clients.ts';
import { DynamoDayBudget } from '../aws/dynamo-day-budget.ts';
import { DynamoRows } from '../aws/dynamo-rows.ts';
import { DynamoRunHistory } from '../aws/dynamo-run-history.ts';
import { S3Objects } from '../aws/s3-objects.ts';
import { required } from '../aws/settings.ts';
import { boundedFetch } from './golem/bounded-fetch.ts';
import { defaultDeadlines } from './golem/deadlines.ts';
import { GolemProviders } from './golem/golem-providers.ts';
import { logger } from './log.ts';
import { failedRunMetrics, readBacklog, runMetrics } from './metrics.ts';
import { run } from './run.ts';
import { type RequestorSettings, requestorSettings } from './settings.ts';
import type { RunSummary } from './summary.ts';

// Of the daemon's answers, which hold what providers say.
globalThis.fetch = boundedFetch(fetch);

/** The scheduled container's program: one run, and one JSON line that says what it did. */
async function main(): Promise<RunSummary> {
  const settings = requestorSettings(process.env);
  const stop = new AbortController();
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
    process.on(event, () => stop.abort(new Error(`The run was stopped (${event}).`)));
  }
  // Whoever started this process is gone: what cannot be given back at once is left to the leases.
  process.on('disconnect', () => setTimeout(() => process.exit(1), defaultDeadlines.orphan));
  const deadline = AbortSignal.timeout(settings.runSeconds * 1000);
  const dynamo = documentClient();
  const services = {
    rows: new DynamoRows(dynamo, settings.table, settings.resultDays),
    history: new DynamoRunHistory(dynamo, settings.operations),
    objects: new S3Objects(s3Client(), settings.bucket),
    providers: await GolemProviders.open({
      settings: settings.golem,
      apiKey: required(process.env, 'YAGNA_APPKEY'),
      installed: settings.installed,
      clock: Date.now,
      log: logger,
      dayBudget: new DynamoDayBudget(dynamo, settings.operations),
    }),
    clock: Date.now,
    installed: settings.installed,
  };
  const summary = await run(services, {
    owner: randomBytes(16).toString('hex'),
    providersPerFamily: settings.golem.providersPerFamily,
    lease: settings.leaseSeconds * 1000,
    period: settings.scheduleSeconds * 1000,
    signal: AbortSignal.any([stop.signal, deadline]),
  });
  logger.info(summary, 'run ended');
  await measure(summary, services.rows, settings);
  return summary;
}

async function measure(summary: RunSummary, rows: DynamoRows, { installed }: RequestorSettings): Promise<void> {
  try {
    const backlogs = await readBacklog(rows, installed, Date.now());
    printMetrics(...runMetrics(summary, backlogs, Date.now()));
  } catch (error) {
    logger.error({ err: error }, 'the run could not be measured');
  }
}

function printMetrics(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

try {
  const { errors } = await main();
  process.exit(errors.length === 0 ? 0 : 1);
} catch (error) {
  logger.fatal({ err: error }, 'run failed');
  printMetrics(failedRunMetrics(Date.now()));
  process.exit(1);
}
