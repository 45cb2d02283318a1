import { createHash } from 'node:crypto';
import path from 'node:path';
import { variables } from '../aws/settings.ts';
import { catalogue, type Family } from '../core/catalogue.ts';
import { installedModels, ownModelDirs } from '../golem-image/models.ts';
import { stagedModels } from '../golem-image/stage/layout.ts';
import type { MlgSettings, ProviderImage } from '../lib/settings.ts';
import { type Cloud, type OnItem, type RunEvent, startCloud } from './cloud/index.ts';
import { type GolemProcessOptions, startGolemProcess } from './golem-process.ts';
import { privateFolder } from './private-data.ts';
import { type LocalImage, writeProviderImage } from './provider-image.ts';

export interface ServiceOptions {
  /** Folder of all data; created if absent. */
  readonly dataDir: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly providers: number;
  /** A folder that `npm run image` has staged: providers run that image, and the service offers its networks. */
  readonly providerImage?: string;
  /** ms from one run of the requestor to the next; without it, the stack's own period. */
  readonly every?: number;
  /** Settings of the stack, over its defaults. */
  readonly settings?: Partial<MlgSettings>;
  /** Of the requestor, over what the stack gives it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the Golem stand-in, over its defaults. */
  readonly golem?: Pick<GolemProcessOptions, 'program' | 'sessionTimeout'>;
  readonly onRun?: (event: RunEvent) => void;
  readonly onItem?: OnItem;
  /** A line that a part of the service printed. */
  readonly onLine?: (source: string, line: string) => void;
}

export interface Service extends Pick<Cloud, 'url' | 'tick'> {
  /** The Golem stand-in. */
  readonly golem: { readonly url: string; readonly appKey: string };
  /** The networks that can be asked for. */
  readonly models: readonly string[];
  /** What `npm run keys` needs in its environment to work on this service's keys. */
  readonly keysEnvironment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Variables of `npm run keys`. */
const forKeys = [
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_ENDPOINT_URL_DYNAMODB',
  variables.operations.name,
];

/** Starts the whole service on this machine: the stack's template on emulators, and a Golem with local providers. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { dataDir, onLine } = options;
  await privateFolder(dataDir);
  const { providerImage } = options;
  const modelDirs = providerImage ? [stagedModels(providerImage)] : [...ownModelDirs, path.join(dataDir, 'models')];
  const models = await installedModels(modelDirs);
  const image = providerImage
    ? asImage(path.resolve(providerImage))
    : await localImage(path.join(dataDir, 'provider-image'), modelDirs);

  const golem = await startGolemProcess({
    providers: options.providers,
    image,
    ...options.golem,
    ...(onLine && { onLine }),
  });
  try {
    const cloud = await startCloud({
      dataDir: path.join(dataDir, 'cloud'),
      port: options.port,
      settings: { models, images: imageOfEveryFamily(image), ...options.settings },
      environment: {
        YAGNA_API_URL: golem.url,
        YAGNA_APPKEY: golem.appKey,
        ...schedule(options),
        ...options.environment,
      },
      ...(options.every !== undefined && { every: options.every }),
      ...(onLine && { onLine }),
      ...(options.onRun && { onRun: options.onRun }),
      ...(options.onItem && { onItem: options.onItem }),
    });
    return {
      url: cloud.url,
      golem: { url: golem.url, appKey: golem.appKey },
      tick: () => cloud.tick(),
      models: Object.keys(models),
      keysEnvironment: Object.fromEntries(forKeys.map((name) => [name, cloud.taskEnvironment[name] ?? ''])),
      async close() {
        await cloud.close();
        await golem.close();
      },
    };
  } catch (error) {
    await golem.close();
    throw error;
  }
}

/** The schedule's period for the requestor, where it is not the stack's own. */
function schedule({ every }: ServiceOptions): Record<string, string> {
  return every === undefined ? {} : { SCHEDULE_SECONDS: String(Math.max(1, Math.round(every / 1000))) };
}

async function localImage(root: string, modelDirs: readonly string[]): Promise<LocalImage> {
  await writeProviderImage(root, { models: modelDirs, node: process.execPath });
  return asImage(root);
}

function asImage(root: string): LocalImage {
  return { root, hash: createHash('sha3-224').update(root).digest('hex') };
}

function imageOfEveryFamily({ hash }: LocalImage): Partial<Record<Family, ProviderImage>> {
  const image: ProviderImage = { url: 'http://localhost/provider-image', hash };
  return Object.fromEntries(catalogue.map(({ family }) => [family, image]));
}
