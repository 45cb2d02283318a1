import { mkdir, rm, stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';

/** The one folder of an image that transfers reach: its volume, which is also where commands start. */
const VOLUME = '/golem/work';

/** Where an activity's files are on this machine. Nothing else maps a container's paths to the host's. */
export class Volumes {
  /** Where commands start. */
  readonly work: string;
  readonly tmp: string;
  readonly #directory: string;

  /** @param directory the activity's own; made and removed here */
  constructor(directory: string) {
    this.#directory = directory;
    this.work = join(directory, VOLUME);
    this.tmp = join(directory, 'tmp');
  }

  async create(): Promise<void> {
    await mkdir(this.work, { recursive: true });
    await mkdir(this.tmp, { recursive: true });
  }

  /** Killed programs may still be writing, hence the retries. */
  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  /** `container:/golem/work/a` as a path of this machine. Only the volume can be reached. */
  hostPath(url: string): string {
    const inside = normalize(url.replace(/^container:/, ''));
    if (!url.startsWith('container:') || !inside.startsWith(VOLUME + sep)) throw notFound(url);
    return join(this.#directory, inside);
  }

  /** The same, for a file that must be there. */
  async existing(url: string): Promise<string> {
    const path = this.hostPath(url);
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) throw notFound(url);
    return path;
  }
}

function notFound(url: string): Error {
  return new Error(`IO error: path not found in container: ${url.replace(/^container:/, '')}`);
}
