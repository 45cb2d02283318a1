import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MlgSettings } from '../../lib/settings.ts';
import { startBuckets } from './buckets.ts';
import { awsEnvironment, type Endpoints } from './environment.ts';
import { lambdaFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import type { OnLine } from './lines.ts';
import { lockDirectory } from './lock.ts';
import { routesOf } from './routes.ts';
import { type RunEvent, TaskSchedule } from './schedule.ts';
import { synthesize } from './synthesize.ts';
import { startTables } from './tables.ts';
import type { RunEnd } from './tasks.ts';
import type { Template } from './template.ts';
import { stageThrottle } from './throttle.ts';

export type { Endpoints, OnLine, RunEnd, RunEvent };

export interface CloudOptions {
  /** Where tables and buckets are kept. */
  readonly dataDir: string;
  /** Of the HTTP API; 0: any that is free. */
  readonly port: number;
  /** Of the scheduled task, over what the template gives it: where the Golem daemon's stand-in is, and its key. */
  readonly environment: Readonly<Record<string, string>>;
  /** ms between runs; by default what the rule says. */
  readonly every?: number;
  readonly onLine?: OnLine;
  readonly onRun?: (event: RunEvent) => void;
}

/** The service on this machine, on 127.0.0.1 alone. */
export interface Cloud {
  /** Of the HTTP API. */
  readonly url: string;
  readonly endpoints: Endpoints;
  /** Starts a requestor run now, or when the one under way has ended, and waits for its end. */
  tick(): Promise<RunEnd>;
  /** Ends everything, a run within 20 s. */
  close(): Promise<void>;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Synthesizes the stack and runs it.
 * @throws Error when a setting is wrong, the port is taken or `dataDir` is in use
 */
export async function startCloud(options: CloudOptions & { readonly settings?: Partial<MlgSettings> }): Promise<Cloud> {
  return runTemplate(await synthesize(options.settings ?? {}), options, repository);
}

/**
 * Runs a template.
 * @param root against which sources of functions and commands of containers are resolved
 */
export async function runTemplate(template: Template, options: CloudOptions, root: string): Promise<Cloud> {
  const { dataDir, port, every, onLine = () => {}, onRun = () => {} } = options;
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    closers.push(await lockDirectory(dataDir));
    const tables = await startTables(template, join(dataDir, 'tables'));
    closers.push(() => tables.close());
    const buckets = await startBuckets(template, join(dataDir, 'buckets'));
    closers.push(() => buckets.close());

    const endpoints = { dynamodb: tables.url, s3: buckets.url };
    const environment = awsEnvironment(endpoints);
    const functions = lambdaFunctions(template, { root, environment, onLine });
    closers.push(() => Promise.all(functions.map((lambda) => lambda.close())));
    const routes = routesOf(template, functions);
    const gateway = await startGateway({
      routes,
      throttle: stageThrottle(template, Date.now),
      port,
      onFailure: onLine,
    });
    closers.push(() => gateway.close());

    const taskEnvironment = { ...environment, ...options.environment };
    const schedule = new TaskSchedule(template, { root, environment: taskEnvironment, every, onLine, onRun });
    closers.push(() => schedule.close());
    return { url: gateway.url, endpoints, tick: () => schedule.tick(), close };
  } catch (error) {
    await close();
    throw error;
  }
}
