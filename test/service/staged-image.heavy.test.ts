import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ownModelDirs } from '../../golem-image/models.ts';
import { stageImage } from '../../golem-image/stage/stage.ts';
import { startService } from '../../local/service.ts';
import { accepted, photo, read, temporaryFolder } from '../support/service.ts';

test('local providers run a staged image: the program in it answers for a photo sent over HTTP', async () => {
  const folder = await temporaryFolder();
  onTestFinished(folder.remove);
  const providerImage = path.join(folder.path, 'image');
  await stageImage(providerImage, { family: 'starter', modelDirs: ownModelDirs, node: process.execPath });
  const dataDir = path.join(folder.path, 'data');
  const service = await startService({ dataDir, port: 0, providers: 1, every: 2 ** 30, providerImage });
  onTestFinished(() => service.close());
  expect(service.models).toEqual(['starter']);

  const id = await accepted(service.url, 'starter', await photo('cat.jpg'));
  await service.tick();
  const answer = await read(service.url, id);
  expect(answer.status).toBe('done');
  expect(answer.preds?.[0]?.[1]).toMatch(/cat|tabby/i);
});
