import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installedModels, modelDirs, modelFile, ownModelDirs } from '../../golem-image/models.ts';
import { tempDir } from '../support/temp-dir.ts';

const sha256 = 'a'.repeat(64);
const card = { id: 'resnet50', sha256, weights: 'synthetic', bytes: 7 };

describe('installedModels', () => {
  test('gives the networks that are there, of two the first', async () => {
    const [one, two] = [await tempDir(), await tempDir()];
    await install(two, 'resnet50', { ...card, sha256: 'b'.repeat(64) });
    await install(one, 'resnet50', card);
    await install(two, 'vgg16', { ...card, id: 'vgg16', weights: 'official' });
    expect(await installedModels([join(one, 'missing'), one, two])).toEqual({
      resnet50: { sha256, weights: 'synthetic' },
      vgg16: { sha256, weights: 'official' },
    });
    expect(await modelFile([one, two], 'vgg16')).toBe(join(two, 'vgg16.onnx'));
    expect(await modelFile([one, two], 'vgg19')).toBeUndefined();
  });

  test('ignores what is not a network of ours', async () => {
    const dir = await tempDir();
    await install(dir, 'lenet', { ...card, id: 'lenet' });
    await mkdir(join(dir, 'vgg16.onnx'));
    await writeFile(join(dir, 'resnet50.json'), JSON.stringify(card));
    expect(await installedModels([dir])).toEqual({});
  });

  test.each([
    ['has no card', undefined, /resnet50\.json, cannot be read/],
    ['has a card that is not JSON', '{', /resnet50\.json, cannot be read/],
    ['has the card of another', { ...card, id: 'vgg16' }, /is the card of 'vgg16', not of 'resnet50'/],
    ['has another length', { ...card, bytes: 8 }, /resnet50\.onnx has 7 bytes; its card .* says 8/],
    ['has a card without a hash', { ...card, sha256: undefined }, /is not a network's card/],
    ['has a card of an unknown origin', { ...card, weights: 'mine' }, /is not a network's card/],
    ['has a card that says too much', { ...card, path: '/' }, /is not a network's card/],
    ['has a card with a field that objects have', { ...card, constructor: '/' }, /is not a network's card/],
  ])('refuses a network that %s', async (_, content, message) => {
    const dir = await tempDir();
    await install(dir, 'resnet50', content);
    await expect(installedModels([dir])).rejects.toThrow(message);
  });
});

test('modelDirs reads MLG_MODELS like PATH, and falls back to the own directory', () => {
  expect(modelDirs({ MLG_MODELS: ['/a', '', '/b'].join(delimiter) })).toEqual(['/a', '/b']);
  expect(modelDirs({ MLG_MODELS: '' })).toEqual(ownModelDirs);
  expect(modelDirs({})).toEqual(ownModelDirs);
});

async function install(dir: string, id: string, content: object | string | undefined): Promise<void> {
  await writeFile(join(dir, `${id}.onnx`), '7 bytes');
  if (content === undefined) return;
  await writeFile(join(dir, `${id}.json`), typeof content === 'string' ? content : JSON.stringify(content));
}
