import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prediction } from '../../core/answer.ts';
import { families, type ModelId, modelById, networksOf } from '../../core/catalogue.ts';
import { InferenceSession, Tensor } from '../../golem-image/onnx-runtime.ts';
import { install } from '../../golem-image/zoo/install.ts';
import { isZooId, type ZooId, zooIds } from '../../golem-image/zoo/networks/index.ts';
import { seededWeights } from '../../golem-image/zoo/seeded.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import type { Service } from '../../local/service.ts';
import { accepted, call, openService, photo, post, read, temporaryFolder } from '../support/service.ts';

const zooFamilies = families
  .map((family) => ({
    family,
    ids: networksOf(family)
      .map(({ id }) => id)
      .filter(isZooId),
  }))
  .filter(({ ids }) => ids.length > 0);
const photos = ['cat.jpg', 'coffee.jpg', 'rocket.jpg'];

test('every network of the zoo is in a family', () => {
  expect(zooFamilies.flatMap(({ ids }) => ids).sort()).toEqual([...zooIds].sort());
});

// A family at a time, because all together take 2.7 GB of disk. Each is installed where the last one's data are, and
// served from the next start on.
describe('from HTTP to a provider and back', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder?.remove());

  describe.each(zooFamilies)('$family', ({ ids }) => {
    const models = () => join(folder.path, 'models');
    let service: Service;
    beforeAll(async () => {
      for (const id of ids) await install(models(), id, seededWeights(id), 'synthetic');
      service = await openService(folder.path);
    }, 300_000);
    afterAll(async () => {
      await service?.close();
      await rm(models(), { recursive: true, force: true });
    });

    test('is all there is beside the starter, and all else is refused with the command that installs it', async () => {
      const { models: listed } = (await (await call(`${service.url}/models`)).json()) as { models: Listed[] };
      const here = listed.filter(({ available }) => available).map(({ id }) => id);
      expect(here.sort()).toEqual(['starter', ...ids].sort());
      const missing = zooIds.find((id) => !ids.includes(id)) as ZooId;
      const refusal = await post(service.url, missing, await photo('cat.jpg'));
      expect(refusal.status).toBe(503);
      expect(await refusal.json()).toMatchObject({ reason: expect.stringContaining(`npm run zoo -- pull ${missing}`) });
    });

    test('gives the classes that the ONNX file gives by itself', async () => {
      const requests = new Map<string, { id: ZooId; image: Buffer }>();
      for (const [i, id] of ids.entries()) {
        const image = await photo(photos[i % photos.length] as string);
        requests.set(await accepted(service.url, id, image), { id, image });
      }
      expect(await service.tick()).toMatchObject({ exitCode: 0 });
      for (const [request, { id, image }] of requests) {
        const answer = await read(service.url, request);
        expect(answer).toMatchObject({ status: 'done', model: id, weights: 'synthetic', attempts: 1 });
        const expected = await directRun(join(models(), `${id}.onnx`), id, image);
        const close = expected.map(([wnid, label, score]) => [wnid, label, expect.toSatisfy(near(score))]);
        expect(answer.preds).toEqual(close);
      }
    });
  });
});

const near = (expected: number) => (score: number) => Math.abs(score - expected) < 1e-5;

interface Listed {
  readonly id: string;
  readonly available: boolean;
}

/** The five most probable classes, by nothing but ONNX Runtime. */
async function directRun(path: string, id: ModelId, image: Buffer) {
  const size = modelById(id)?.size ?? 0;
  const session = await InferenceSession.create(path);
  try {
    const images = new Tensor('uint8', await prepareImage(image, size), [1, size, size, 3]);
    const { probs } = await session.run({ images });
    const scores = probs?.data as Float32Array;
    const best = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number)).slice(0, 5);
    return best.map((index) => prediction(index, scores[index] as number));
  } finally {
    await session.release();
  }
}
