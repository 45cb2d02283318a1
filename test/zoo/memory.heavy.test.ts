import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measured } from '../../bench/measured.ts';
import { encodeChunk } from '../../core/chunk-file.ts';
import { chunkLimits } from '../../core/chunks.ts';
import { layersOf } from '../../golem-image/zoo/build.ts';
import { seededImage, seededWeights } from '../../golem-image/zoo/seeded.ts';
import { tempDir } from '../support/temp-dir.ts';
import { layerGroups, writeKerasFile } from './keras-h5.ts';

const zoo = import.meta.resolve('../../golem-image/zoo/main.ts');
const classify = import.meta.resolve('../../golem-image/classify.ts');
const size = 224;
/** In MiB. */
const gb = 1e9 / 2 ** 20;

test('VGG19, the largest, converts within 1.5 GB of memory and classifies a full chunk within 2 GB', async () => {
  const dir = await tempDir();
  const weights = join(dir, 'weights.h5');
  await writeKerasFile(weights, layerGroups(layersOf('vgg19'), seededWeights('vgg19')));
  const models = join(dir, 'models');
  const build = await measured(zoo, ['build', 'vgg19', weights, '--unofficial', '--models', models]);
  expect(build.peakMib).toBeLessThan(1.5 * gb);

  const images = Array.from({ length: chunkLimits.images }, () => seededImage(size));
  const chunk = join(dir, 'chunk');
  await writeFile(chunk, encodeChunk('vgg19', size, size, images));
  const run = await measured(classify, [chunk, join(dir, 'result.json')], { MLG_MODELS: models });
  expect(run.peakMib).toBeLessThan(2 * gb);
});
