import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer } from '../../core/answer.ts';
import { encodeChunk } from '../../core/chunk-file.ts';
import { installedModels, ownModelDirs } from '../../golem-image/models.ts';
import { imageSizes } from '../../golem-image/stage/sizes.ts';
import { type StagedImage, stageImage } from '../../golem-image/stage/stage.ts';
import { type TemporaryFolder, temporaryFolder } from '../../process/temporary-folder.ts';
import { tempDir } from '../support/temp-dir.ts';
import { readReferences, softmax } from './reference.ts';

const run = promisify(execFile);
const options = { family: 'starter', modelDirs: ownModelDirs, node: process.execPath } as const;

describe('a staged image', () => {
  let folder: TemporaryFolder;
  let root: string;
  let staged: StagedImage;

  // Once for all, because it takes seconds.
  beforeAll(async () => {
    folder = await temporaryFolder('mlg-test-');
    root = path.join(folder.path, 'images', 'starter');
    staged = await stageImage(root, options);
  });
  afterAll(() => folder.remove());

  test('classify runs from the staged folder, in an empty environment, far from this repository', async () => {
    const work = await tempDir();
    expect(staged).toEqual({ models: ['starter'], missing: [] });

    const [reference] = await readReferences();
    if (!reference) throw new Error('no reference');
    const chunk = encodeChunk('starter', 224, 224, [reference.pixels]);
    await writeFile(path.join(work, 'chunk'), chunk);
    // As a provider does: by the shell, found on PATH, with relative paths in the work directory.
    const env = {
      PATH: `${path.join(root, 'bin')}:/usr/bin:/bin`,
      MLG_MODELS: '/nowhere',
      NODE_OPTIONS: '--require=/nowhere',
    };
    await run('/bin/sh', ['-c', 'classify chunk answer.json'], { cwd: work, env });

    const model = (await installedModels(ownModelDirs)).starter;
    if (!model) throw new Error('no starter');
    const chunkSha256 = createHash('sha256').update(chunk).digest('hex');
    const answer = await readFile(path.join(work, 'answer.json'));
    const [predictions] = readAnswer(answer, { chunkSha256, count: 1, model }).answers;
    expect(predictions?.[0]?.[2]).toBeCloseTo(Math.max(...softmax(reference.logits)), 5);
  });

  test('holds what runs, and nothing else', async () => {
    const files = (await readdir(root, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .filter((file) => !file.includes('node_modules'));
    expect(files.sort()).toEqual([
      '.mlg-image',
      'bin/classify',
      'bin/node',
      'lib/mlg/classify.mjs',
      'lib/mlg/file-hash-thread.mjs',
      'lib/mlg/models/starter.json',
      'lib/mlg/models/starter.onnx',
    ]);
    const { runtime, program } = await imageSizes(root);
    expect(runtime).toBeLessThan(50e6);
    expect(program).toBeLessThan(200e3);
    expect(await readdir(path.dirname(root))).toEqual(['starter']);
  });
});

test('a folder that holds something else is refused and left alone, before anything is made', async () => {
  const root = await tempDir();
  await mkdir(path.join(root, 'src'));
  await expect(stageImage(root, options)).rejects.toThrow(`${root} holds src`);
  expect(await readdir(root)).toEqual(['src']);
});

test('a family of which nothing is installed is refused, with the command that installs it', async () => {
  const root = path.join(await tempDir(), 'image');
  const staged = stageImage(root, { ...options, family: 'vgg' });
  await expect(staged).rejects.toThrow('npm run zoo -- pull vgg16');
});

test('a Node of another machine is refused', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'node'), '\xcf\xfa\xed\xfe and so on, which is no ELF file');
  const staged = stageImage(path.join(dir, 'image'), { ...options, node: path.join(dir, 'node') });
  await expect(staged).rejects.toThrow('is not a Node for linux on x86-64');
});
