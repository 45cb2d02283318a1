import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../core/catalogue.ts';
import { layersOf } from '../../golem-image/zoo/build.ts';
import { readGolden } from '../../golem-image/zoo/golden.ts';
import { kerasOrder } from '../../golem-image/zoo/keras-order.ts';
import { Network } from '../../golem-image/zoo/network.ts';
import { architectures, type ZooId, zooIds } from '../../golem-image/zoo/networks/index.ts';
import { officialFiles } from '../../golem-image/zoo/official.ts';
import { seededImage, seededWeights } from '../../golem-image/zoo/seeded.ts';
import { verify } from '../../golem-image/zoo/verify.ts';

test('the zoo and the catalogue have the same networks', () => {
  const published = catalogue.map(({ id }) => id).filter((id) => id !== 'starter');
  expect([...zooIds].sort()).toEqual(published.sort());
  expect(new Set(zooIds.map((id) => officialFiles[id].md5)).size).toBe(zooIds.length);
});

describe.each(zooIds)('%s', (id) => {
  test('has the weighted layers of Keras, in its order', async () => {
    const { weighted } = await readGolden(id);
    const lines = layersOf(id).map(({ name, weights }) => {
      return `${name}: ${weights.map((array) => `${array.name} ${array.shape.join('x')}`).join(', ')}`;
    });
    expect(lines).toEqual(weighted);
  });

  test('has the size that the catalogue says', async () => {
    const model = catalogue.find((entry) => entry.id === id);
    const [input, ...others] = kerasOrder(architectures[id](new Network(id)));
    expect(input?.shape).toEqual([model?.size, model?.size, 3]);
    const sizes = others.flatMap(({ weights }) => weights.map(({ shape }) => shape.reduce((a, b) => a * b)));
    expect(sizes.reduce((a, b) => a + b)).toBe(model?.parameters);
  });
});

describe('seeded numbers are the ones that Keras was given', () => {
  test.each(['densenet121', 'nasnet_mobile', 'resnet50', 'inception_v3', 'xception'] as const)('%s', async (id) => {
    const { weightsMd5, imageMd5 } = await readGolden(id);
    expect(md5OfWeights(id)).toBe(weightsMd5);
    const size = catalogue.find((entry) => entry.id === id)?.size ?? 0;
    expect(createHash('md5').update(seededImage(size)).digest('hex')).toBe(imageMd5);
  });
});

describe('agrees with Keras', () => {
  test.each(['densenet121', 'nasnet_mobile', 'resnet50v2', 'inception_v3'] as const)('%s', async (id) => {
    const { maxLogitDelta, maxProbabilityDelta, sameTop5, ok } = await verify(id);
    expect(maxLogitDelta).toBeLessThan(1e-4);
    expect(maxProbabilityDelta).toBeLessThan(1e-5);
    expect(sameTop5).toBe(true);
    expect(ok).toBe(true);
  });
});

function md5OfWeights(id: ZooId): string {
  const weights = seededWeights(id);
  const hash = createHash('md5');
  for (const [k, layer] of layersOf(id).entries()) {
    for (const [j, { shape }] of layer.weights.entries()) hash.update(new Uint8Array(weights(k, j, shape).buffer));
  }
  return hash.digest('hex');
}
