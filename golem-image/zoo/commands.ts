import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  families,
  findModel,
  type InstalledModels,
  type Model,
  modelById,
  networksOf,
  type WeightsOrigin,
} from '../../core/catalogue.ts';
import { lockFile } from '../../process/lock.ts';
import { installedModels, ownModelDirs } from '../models.ts';
import { layersOf } from './build.ts';
import { download, md5Of } from './download.ts';
import { DownloadError, UsageError, WeightFileError, ZooError } from './errors.ts';
import { install } from './install.ts';
import { isZooId, type ZooId, zooIds } from './networks/index.ts';
import type { OfficialFile } from './official.ts';
import { seededWeights } from './seeded.ts';
import type { Terminal } from './terminal.ts';
import { verify } from './verify.ts';
import { openWeightFile } from './weight-file.ts';

export interface Settings {
  /** Where networks are installed. */
  readonly models: string;
  /** Where the official files are fetched from; ends in a slash. */
  readonly url: string;
  /** The published files. */
  readonly official: { readonly [id in ZooId]: OfficialFile };
  /** `build` takes weights that are not the published ones. */
  readonly unofficial: boolean;
}

/** Every network of the zoo, and what is installed of it. */
export async function list(terminal: Terminal, { models }: Settings): Promise<void> {
  const installed = await installedModels([models, ...ownModelDirs]).catch((cause) => {
    throw new ZooError(cause.message, { cause });
  });
  for (const id of zooIds) {
    const { name, size, parameters } = modelById(id) as Model;
    const state = installed[id] ? `installed, ${installed[id].weights} weights` : 'not installed';
    const megabytes = Math.round((parameters * 4) / 1e6);
    terminal.line(
      [id.padEnd(20), name.padEnd(20), `${size} px`, `${String(megabytes).padStart(4)} MB`, state].join('  '),
    );
  }
}

/** Downloads the official weights of a network, checks them, converts and installs. */
export function pull(terminal: Terminal, id: ZooId, settings: Settings): Promise<void> {
  const { models } = settings;
  return exclusively(models, id, async () => {
    // A damaged installation is no reason not to pull: that is how it gets repaired.
    const installed: InstalledModels = await installedModels([models]).catch(() => ({}));
    if (installed[id]?.weights === 'official') return terminal.line(`${id}: installed already`);
    // A name that nobody gives a file of their own: this one is overwritten, and removed at the end.
    const file = join(models, `${id}.h5.download`);
    const left = await md5Of(file).catch(() => 'nothing is left of an earlier run');
    if (left !== settings.official[id].md5) await fetchOfficial(terminal, id, file, settings);
    try {
      await checkOfficial(id, file, settings);
      await convert(terminal, id, file, 'official', settings);
    } finally {
      await rm(file, { force: true });
    }
  });
}

/** Converts and installs a weight file that one already has. */
export async function build(terminal: Terminal, id: ZooId, file: string, settings: Settings): Promise<void> {
  const { models, unofficial } = settings;
  if (!unofficial) await checkOfficial(id, file, settings);
  const origin = unofficial ? 'synthetic' : 'official';
  await exclusively(models, id, () => convert(terminal, id, file, origin, settings));
}

/** Compares with Keras, a line a network. Gives whether all agree. */
export async function verifyAll(terminal: Terminal, ids: readonly ZooId[]): Promise<boolean> {
  let misses = 0;
  for (const id of ids) {
    const { maxLogitDelta, loadMs, runMs, ok } = await verify(id);
    if (!ok) misses++;
    const times = `load ${loadMs.toFixed(0).padStart(5)} ms  run ${runMs.toFixed(0).padStart(4)} ms`;
    const delta = `max |Δlogit| ${maxLogitDelta.toExponential(1)}`;
    terminal.line(`${id.padEnd(20)}  ${delta}  ${times}  ${ok ? 'ok' : 'NOT AS KERAS'}`);
  }
  return misses === 0;
}

/** Installs a network with seeded weights, for trials. Its answers mean nothing, and say so. */
export async function synthesize(terminal: Terminal, id: ZooId, { models }: Settings): Promise<void> {
  const { bytes } = await exclusively(models, id, () => install(models, id, seededWeights(id), 'synthetic'));
  terminal.line(`${id}: installed with synthetic weights in ${models} (${megabytesOf(bytes)})`);
}

/**
 * The networks that names stand for: a network's, a family's for all that its provider image holds, or `all`.
 * @throws CallerError for a name that nobody knows, UsageError for one that is none of the zoo's networks
 */
export function zooIdsOf(names: readonly string[]): readonly ZooId[] {
  const ids = names.flatMap((name) => {
    if (name === 'all') return zooIds;
    const family = families.find((known) => known === name);
    const members = family
      ? networksOf(family)
          .map(({ id }) => id)
          .filter(isZooId)
      : [];
    return members.length > 0 ? members : [zooId(name)];
  });
  return [...new Set(ids)];
}

/** @throws UsageError for a name that is none of the zoo's networks. */
export function zooId(name: string): ZooId {
  const { id } = findModel(name);
  if (!isZooId(id)) throw new UsageError(`${id} is not built from Keras weights; it comes with mlg.`);
  return id;
}

/**
 * Works on a network in a directory while no other command does.
 * @throws ZooError when another command is working on the same network
 */
async function exclusively<T>(dir: string, id: ZooId, work: () => Promise<T>): Promise<T> {
  const unlock = await lockFile(join(dir, `.${id}.lock`));
  if (!unlock) throw new ZooError('Another command is installing it just now.');
  try {
    return await work();
  } finally {
    unlock();
  }
}

async function fetchOfficial(terminal: Terminal, id: ZooId, file: string, { url, official }: Settings): Promise<void> {
  terminal.line(`${id}: downloading ${url}${official[id].path}`);
  try {
    await download(`${url}${official[id].path}`, file, {
      onProgress(received, total) {
        const share = total === undefined ? undefined : received / total;
        terminal.progress(id, share, total === undefined ? megabytesOf(received) : `of ${megabytesOf(total)}`);
      },
    });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    const hint = `If you have the file: npm run zoo -- build ${id} <file.h5>`;
    throw new DownloadError(`${error.message} ${hint}`, { cause: error });
  }
}

async function checkOfficial(id: ZooId, file: string, { official }: Settings): Promise<void> {
  const md5 = await md5Of(file).catch((cause) => {
    throw new WeightFileError(`${file} cannot be read: ${cause.message}.`, { cause });
  });
  if (md5 === official[id].md5) return;
  throw new WeightFileError(
    `${file} has the MD5 ${md5}; the published weights of ${id} have ${official[id].md5}. Nothing was installed.`,
  );
}

async function convert(
  terminal: Terminal,
  id: ZooId,
  file: string,
  origin: WeightsOrigin,
  { models }: Settings,
): Promise<void> {
  const { weights, close } = await openWeightFile(file, layersOf(id));
  try {
    const { bytes } = await install(models, id, weights, origin);
    terminal.line(`${id}: installed with ${origin} weights in ${models} (${megabytesOf(bytes)})`);
  } finally {
    await close();
  }
}

function megabytesOf(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
