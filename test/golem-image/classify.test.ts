import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../core/answer.ts';
import { encodeChunk } from '../../core/chunk-file.ts';
import { installedModels, ownModelDirs } from '../../golem-image/models.ts';
import { writeProviderImage } from '../../local/provider-image.ts';
import { tempDir } from '../support/temp-dir.ts';
import { readReferences, softmax } from './reference.ts';

const references = await readReferences();
const shim = fileURLToPath(new URL('../../golem-image/bin/classify', import.meta.url));

describe('classify', () => {
  test('gives the classes of one image', async () => {
    const dir = await tempDir();
    const [cat] = references;
    await expectAnswer(dir, cat ? [cat] : []);
  });

  test('gives the classes of sixteen images in their order, and leaves nothing else', async () => {
    const dir = await tempDir();
    await expectAnswer(dir, [...references, ...references.toReversed(), ...references, ...references]);
    expect(await readdir(dir)).toEqual(['chunk', 'result.json']);
  });

  test('runs through a link in a directory of PATH, on relative paths', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'bin'));
    await symlink(shim, join(dir, 'bin', 'classify'));
    await expectAnswer(dir, references.slice(0, 1), { command: 'classify', path: join(dir, 'bin') });
  });

  test('runs from a local provider image, whatever its path looks like', async () => {
    const dir = await tempDir();
    const root = join(dir, `it's a "$HOME" \\ image`);
    const models = [join(root, 'no networks here'), ...ownModelDirs];
    await writeProviderImage(root, { models, node: process.execPath });
    await writeProviderImage(root, { models, node: process.execPath });
    expect(await readdir(join(root, 'bin'))).toEqual(['classify']);
    await expectAnswer(dir, references.slice(0, 1), { command: 'classify', path: join(root, 'bin') });
  });

  test('a local provider image refuses directories that MLG_MODELS cannot hold', async () => {
    const dir = await tempDir();
    await expect(writeProviderImage(dir, { models: ['a:b'], node: process.execPath })).rejects.toThrow(RangeError);
  });
});

describe('classify ends with one line and a code', () => {
  const good = chunk('starter', 224, 1);

  test.each([[[]], [['chunk']], [['chunk', 'result.json', 'more']]])('2 for the arguments %j', async (args) => {
    await expectFailure(await tempDir(), {
      args,
      code: 2,
      line: /^classify: usage: classify <chunk file> <result file>$/,
    });
  });

  test.each([
    ['is missing', undefined, /cannot be read: ENOENT/],
    ['is empty', new Uint8Array(), /does not begin with "MLGC"/],
    ['is cut short', good.subarray(0, -1), /holds 150527 bytes of images; its header says 150528/],
    ['holds images of another size', chunk('starter', 96, 1), /takes images of 224 x 224; the chunk holds 96 x 96/],
    ['holds too many images', chunk('starter', 224, 17), /holds 17 images; at most 16/],
  ])('3 when the chunk %s', async (_, bytes, line) => {
    await expectFailure(await tempDir(), { bytes, code: 3, line });
  });

  test.each([
    ['is not installed', chunk('resnet50', 224, 1), /Network resnet50 is not installed here/],
    ['is not one of ours', chunk('../models/starter', 224, 1), /no network of the id "\.\.\/models\/starter"/],
    ['has an id of several lines', chunk('a\nb\u001b[2J', 224, 1), /^classify: .*"a\\nb\\u001b\[2J"\.$/],
  ])('4 when the network %s', async (_, bytes, line) => {
    await expectFailure(await tempDir(), { bytes, code: 4, line });
  });

  test('5 when the network does not load', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'starter.onnx'), 'not a network');
    const models = [dir, ...ownModelDirs].join(delimiter);
    await expectFailure(dir, { bytes: good, models, code: 5, line: /The network does not load: .+/ });
  });

  test('6 when the result cannot be written', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'result.json'));
    await expectFailure(dir, { bytes: good, code: 6, line: /The result cannot be written: E/ });
  });
});

interface Command {
  readonly command: string;
  /** A directory to put in front of PATH. */
  readonly path?: string;
  readonly models?: string;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function expectAnswer(dir: string, images: typeof references, command: Command = { command: shim }) {
  const pixels = images.map((image) => image.pixels);
  const bytes = encodeChunk('starter', 224, 224, pixels);
  await writeFile(join(dir, 'chunk'), bytes);
  expect(await run(dir, command, ['chunk', 'result.json'])).toEqual({ code: 0, stdout: '', stderr: '' });

  const { starter: model } = await installedModels(ownModelDirs);
  if (!model) throw new Error('The starter network is not installed.');
  const chunkSha256 = createHash('sha256').update(bytes).digest('hex');
  const result = await readFile(join(dir, 'result.json'));
  const predictions = readAnswer(result, { chunkSha256, count: images.length, model }).answers;
  predictions.forEach((five, n) => {
    const expected = [...softmax(images[n]?.logits ?? new Float32Array())].sort((a, b) => b - a).slice(0, five.length);
    five.forEach(([, , score], i) => {
      expect(score).toBeCloseTo(expected[i] ?? Number.NaN, 5);
    });
  });
}

interface Failing {
  readonly bytes?: Uint8Array | undefined;
  readonly args?: readonly string[];
  readonly models?: string;
  readonly code: number;
  readonly line: RegExp;
}

/** Also that nothing new is left in the directory. */
async function expectFailure(dir: string, { bytes, args = ['chunk', 'result.json'], models, code, line }: Failing) {
  if (bytes) await writeFile(join(dir, 'chunk'), bytes);
  const before = await readdir(dir);
  const ended = await run(dir, { command: shim, ...(models !== undefined && { models }) }, args);
  expect(ended).toEqual({ code, stdout: '', stderr: expect.stringMatching(/^classify: .*\n$/) });
  expect(ended.stderr.trimEnd()).toMatch(line);
  expect(await readdir(dir)).toEqual(before);
}

function run(cwd: string, { command, path, models }: Command, args: readonly string[]): Promise<Ended> {
  const PATH = [path, dirname(process.execPath), process.env.PATH]
    .filter((entry) => entry !== undefined)
    .join(delimiter);
  const env = { PATH, HOME: cwd, TMPDIR: cwd, ...(models !== undefined && { MLG_MODELS: models }) };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, timeout: 20_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

function chunk(model: string, size: number, count: number): Uint8Array {
  return encodeChunk(model, size, size, Array(count).fill(new Uint8Array(size * size * 3)));
}
