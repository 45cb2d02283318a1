import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Properties } from './terms.ts';

/** What a provider runs programs from, in place of a VM image: `<root>/bin` comes first in PATH. */
export interface Image {
  /** As in a demand's task package, hex. */
  readonly hash?: string;
  readonly url?: string;
  /** Absolute path of a local folder. */
  readonly root: string;
}

/** The folder with an image's programs; null when it has none but the machine's own. */
export interface Programs {
  readonly bin: string | null;
}

/** Which local folder stands for the image that a demand names. */
export class Images {
  readonly #images: readonly Image[];
  readonly #any: boolean;

  constructor(images: readonly Image[], any: boolean) {
    for (const image of images) checkImage(image);
    this.#images = images;
    this.#any = any;
  }

  /** Null programs for an unlisted image where any is allowed; undefined: not deployable. */
  programs(demand: Properties): Programs | undefined {
    const named = /^hash:sha3:([0-9a-fA-F]+):(.+)$/.exec(String(demand['golem.srv.comp.task_package'] ?? ''));
    const image = this.#images.find(({ hash, url }) =>
      hash === undefined ? url === named?.[2] : hash.toLowerCase() === named?.[1]?.toLowerCase(),
    );
    if (image) return { bin: join(image.root, 'bin') };
    return this.#any ? { bin: null } : undefined;
  }
}

function checkImage({ hash, url, root }: Image): void {
  if (hash === undefined && url === undefined) throw new RangeError(`the image ${root} needs a hash or a URL`);
  if (hash !== undefined && !/^[0-9a-fA-F]+$/.test(hash)) throw new RangeError(`an image's hash is hex, not ${hash}`);
  if (!isAbsolute(root)) throw new RangeError(`an image's folder must be an absolute path, not ${root}`);
  if (!existsSync(join(root, 'bin'))) throw new RangeError(`the image's folder ${root} has no bin folder`);
}
