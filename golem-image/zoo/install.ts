import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WeightsOrigin } from '../../core/catalogue.ts';
import type { ModelCard } from '../models.ts';
import { writeNetwork } from './build.ts';
import type { Weights } from './layer.ts';
import type { ZooId } from './networks/index.ts';

/**
 * Converts a network and puts it into a directory of networks, with its card. Until all is written, what was installed
 * before stays; whoever looks in between finds either network or none, never one with the other's card.
 */
export async function install(dir: string, id: ZooId, weights: Weights, origin: WeightsOrigin): Promise<ModelCard> {
  await mkdir(dir, { recursive: true });
  const [network, card] = [join(dir, `${id}.onnx`), join(dir, `${id}.json`)];
  const staged = [`${network}.new`, `${card}.new`] as const;
  try {
    const written = await writeNetwork(id, weights, origin, staged[0]);
    const content: ModelCard = { id, weights: origin, ...written };
    await writeFile(staged[1], `${JSON.stringify(content, null, 2)}\n`);
    await rm(network, { force: true });
    await rename(staged[1], card);
    await rename(staged[0], network);
    return content;
  } catch (error) {
    await Promise.all(staged.map((path) => rm(path, { force: true })));
    throw error;
  }
}
