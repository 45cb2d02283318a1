import { join } from 'node:path';
import { lockFile } from '../../process/lock.ts';
import { keepPrivate } from '../private-data.ts';
import { authorizersOf } from './authorizers.ts';
import { type LocalAws, localAws } from './credentials.ts';
import { DamagedData } from './damaged-data.ts';
import type { OnItem } from './dynalite.ts';
import { awsEnvironment, type Endpoints } from './environment.ts';
import { QueueSender, startEventSources } from './event-source.ts';
import { startFauxqs } from './fauxqs.ts';
import { lambdaFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import { corsOf } from './http-cors.ts';
import type { OnLine } from './lines.ts';
import { queuesOf } from './queues.ts';
import { routesOf } from './routes.ts';
import { bucketsOf } from './s3/buckets.ts';
import { startS3Front } from './s3/front.ts';
import { type RunEvent, TaskSchedule } from './schedule.ts';
import { startTables } from './tables.ts';
import type { RunEnd } from './tasks.ts';
import type { Template } from './template.ts';
import { stageThrottle } from './throttle.ts';

export interface CloudOptions {
  /** Folder of the tables and buckets. */
  readonly dataDir: string;
  /** Port of the HTTP API; 0: any that is free. */
  readonly port: number;
  /** Variables of the scheduled task, over those that the template sets: address and key of the Golem stand-in. */
  readonly environment: Readonly<Record<string, string>>;
  /** ms between runs; by default what the rule says. */
  readonly every?: number;
  readonly onLine?: OnLine;
  readonly onRun?: (event: RunEvent) => void;
  readonly onItem?: OnItem;
}

/** The service on this machine, reachable on 127.0.0.1 only. */
export interface Cloud {
  /** URL of the HTTP API. */
  readonly url: string;
  readonly endpoints: Endpoints;
  /** Who may use them. */
  readonly aws: LocalAws;
  /** What the scheduled task finds in its environment; an operator's command on this cloud needs the same. */
  readonly taskEnvironment: Readonly<Record<string, string>>;
  /** Starts a requestor run now, or when the one under way has ended, and waits for its end. */
  tick(): Promise<RunEnd>;
  /** Ends everything, a run within 20 s. */
  close(): Promise<void>;
}

/**
 * Runs a template as if it had been deployed.
 * @param root against which sources of functions and commands of containers are resolved
 * @throws Error when the template asks for what is not known here, the port is taken, or `dataDir` is in use or damaged
 */
export async function runTemplate(template: Template, options: CloudOptions, root: string): Promise<Cloud> {
  const { dataDir, port, every, onLine = () => {}, onRun = () => {} } = options;
  const closers: (() => unknown)[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll(closers);
    return closing;
  };
  try {
    await keepPrivate(dataDir);
    const lock = join(dataDir, 'lock');
    const unlock = await lockFile(lock).catch((error) => {
      throw new DamagedData('The lock', lock, error);
    });
    if (!unlock) throw new Error(`${dataDir} is in use: another local cloud keeps its data there.`);
    closers.push(unlock);
    const aws = await localAws(join(dataDir, 'credentials.json'));
    const tables = await startTables(template, join(dataDir, 'tables'), aws, options.onItem);
    closers.push(() => tables.close());
    const [buckets, queues] = [bucketsOf(template), queuesOf(template)];
    const names = buckets.map(({ name }) => name);
    const emulator = await startFauxqs(join(dataDir, 'buckets'), names, queues, aws);
    closers.push(() => emulator.close());
    const sender = new QueueSender(emulator.url, aws);
    closers.push(() => sender.close());
    const s3 = await startS3Front({
      ...{ ...aws, emulator: emulator.url, buckets, clock: Date.now },
      send: (queueArn, body) => sender.send(queueArn, body),
      onLine: (line) => onLine('s3', line),
    });
    closers.push(() => s3.close());

    const endpoints = { dynamodb: tables.url, s3: s3.url };
    const environment = awsEnvironment(endpoints, aws);
    const functions = lambdaFunctions(template, { root, environment, onLine });
    closers.push(() => Promise.all(functions.map((lambda) => lambda.close())));
    const sources = startEventSources(template, functions, queues, emulator.url, aws, onLine);
    closers.push(() => Promise.all(sources.map((source) => source.close())));
    const gateway = await startGateway({
      routes: routesOf(template, functions, authorizersOf(template, functions, Date.now)),
      cors: corsOf(template),
      throttle: stageThrottle(template, Date.now),
      port,
      onFailure: onLine,
    });
    closers.push(() => gateway.close());

    const overrides = { ...environment, ...options.environment };
    const schedule = new TaskSchedule(template, { root, environment: overrides, every, onLine, onRun });
    closers.push(() => schedule.close());
    const { environment: taskEnvironment } = schedule;
    return { url: gateway.url, endpoints, aws, taskEnvironment, tick: () => schedule.tick(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Calls all, the last one first, even if some throw. */
async function closeAll(closers: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'The local cloud did not close cleanly.');
}
