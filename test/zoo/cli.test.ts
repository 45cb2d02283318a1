import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installedModels } from '../../golem-image/models.ts';
import { layersOf } from '../../golem-image/zoo/build.ts';
import { runZoo } from '../../golem-image/zoo/cli.ts';
import { pull, type Settings, zooIdsOf } from '../../golem-image/zoo/commands.ts';
import { install } from '../../golem-image/zoo/install.ts';
import { zooIds } from '../../golem-image/zoo/networks/index.ts';
import { officialFiles } from '../../golem-image/zoo/official.ts';
import { seededWeights } from '../../golem-image/zoo/seeded.ts';
import { bar, type Terminal } from '../../golem-image/zoo/terminal.ts';
import { compare } from '../../golem-image/zoo/verify.ts';
import { tempDir } from '../support/temp-dir.ts';
import { deadUrl, serveFile } from './file-server.ts';
import { layerGroups, writeKerasFile } from './keras-h5.ts';

const id = 'nasnet_mobile';

function recorder() {
  const lines: string[] = [];
  const complaints: string[] = [];
  const terminal: Terminal = {
    line: (text) => lines.push(text),
    complaint: (text) => complaints.push(text),
    progress: () => {},
  };
  return { terminal, lines, complaints };
}

async function zoo(...args: string[]) {
  const { terminal, lines, complaints } = recorder();
  return { code: await runZoo(args, terminal), lines, complaints };
}

describe('a wrong command line', () => {
  test.each([
    [[], 'Which command?'],
    [['fly'], 'There is no command fly.'],
    [['constructor'], 'There is no command constructor.'],
    [['list', '--__proto__'], '--__proto__'],
    [['pull'], 'Which networks?'],
    [['build', id], 'build takes a network and a file.'],
    [['list', '--nonsense'], '--nonsense'],
    [['synthesize', 'starter'], 'starter is not built from Keras weights'],
  ])('%j', async (args, message) => {
    const { code, complaints } = await zoo(...args);
    expect(code).toBe(2);
    expect(complaints.join()).toContain(message);
    expect(complaints.join()).toContain('usage:');
  });

  test.each(['alexnet', 'constructor', '__proto__', 'toString'])('an unknown network, %s', async (name) => {
    const { code, complaints } = await zoo('pull', name);
    expect(code).toBe(1);
    expect(complaints).toEqual([expect.stringContaining('There is no model of that name.')]);
  });
});

test('synthesize installs, list shows it, verify agrees', async () => {
  const models = join(await tempDir(), 'models');
  const synthesized = await zoo('synthesize', 'NASNet_mobile', '--models', models);
  expect(synthesized.code).toBe(0);
  expect(await visible(models)).toEqual([`${id}.json`, `${id}.onnx`]);
  const sha256 = createHash('sha256').update(await readFile(join(models, `${id}.onnx`))).digest('hex'); // biome-ignore format: one step
  expect((await installedModels([models]))[id]).toEqual({ sha256, weights: 'synthetic' });

  const { lines } = await zoo('list', '--models', models);
  expect(lines).toHaveLength(16);
  expect(lines.find((line) => line.startsWith(id))).toContain('installed, synthetic weights');
  expect(lines.find((line) => line.startsWith('vgg16'))).toContain('not installed');

  const verified = await zoo('verify', id);
  expect(verified.code).toBe(0);
  expect(verified.lines).toEqual([expect.stringMatching(/^nasnet_mobile +max \|Δlogit\| \d\.\de-\d .* ok$/)]);
});

test('one number changed in one layer is not as Keras', async () => {
  const dir = await tempDir();
  const seeded = seededWeights(id);
  await install(
    dir,
    id,
    (layer, array, shape) => {
      const values = seeded(layer, array, shape);
      return layer === 100 && array === 0 ? values.map((value, i) => (i === 0 ? value + 0.5 : value)) : values;
    },
    'synthetic',
  );
  expect(await compare(id, join(dir, `${id}.onnx`))).toMatchObject({ ok: false });
});

test('a conversion that fails leaves what was installed', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, `${id}.onnx`), 'network');
  await writeFile(join(dir, `${id}.json`), 'card');
  const seeded = seededWeights(id);
  const failing = install(
    dir,
    id,
    (layer, array, shape) => {
      if (layer === 300) throw new Error('torn');
      return seeded(layer, array, shape);
    },
    'official',
  );
  await expect(failing).rejects.toThrow('torn');
  expect((await readdir(dir)).sort()).toEqual([`${id}.json`, `${id}.onnx`]);
  expect(await readFile(join(dir, `${id}.onnx`), 'utf8')).toBe('network');
});

describe('pull', () => {
  test('downloads, checks, converts and installs; and does it once', async () => {
    const { file, settings } = await weightsOnServer();
    const { terminal, lines } = recorder();
    await mkdir(settings.models);
    await writeFile(join(settings.models, `${id}.h5.download.part`), file.subarray(0, 1_000_000));
    await pull(terminal, id, settings);
    expect(await visible(settings.models)).toEqual([`${id}.json`, `${id}.onnx`]);
    expect((await installedModels([settings.models]))[id]).toMatchObject({ weights: 'official' });
    expect(await compare(id, join(settings.models, `${id}.onnx`))).toMatchObject({ ok: true });
    await pull(terminal, id, settings);
    expect(lines.at(-1)).toBe(`${id}: installed already`);
  });

  test('takes the file that an interrupted run has left', async () => {
    const { file, settings } = await weightsOnServer();
    const { terminal } = recorder();
    await mkdir(settings.models);
    await writeFile(join(settings.models, `${id}.h5.download`), file);
    await pull(terminal, id, { ...settings, url: await deadUrl() });
    expect(await visible(settings.models)).toEqual([`${id}.json`, `${id}.onnx`]);
  });

  test('leaves a weight file alone that lies where it installs', async () => {
    const { settings } = await weightsOnServer();
    const { terminal } = recorder();
    await mkdir(settings.models);
    await writeFile(join(settings.models, `${id}.h5`), 'mine');
    await pull(terminal, id, settings);
    expect(await readFile(join(settings.models, `${id}.h5`), 'utf8')).toBe('mine');
  });

  test('installs nothing when the MD5 is wrong, and does not keep the file', async () => {
    const { terminal } = recorder();
    const { url } = await serveFile(new Uint8Array(1000));
    const settings = { models: await tempDir(), url, official: officialFiles, unofficial: false };
    await expect(pull(terminal, id, settings)).rejects.toThrow(`the published weights of ${id} have 020fb642`);
    expect(await visible(settings.models)).toEqual([]);
  });

  test('without the internet it says so in one line, and what to do', async () => {
    const models = await tempDir();
    const { code, complaints } = await zoo('pull', id, '--models', models, '--url', await deadUrl());
    expect(code).toBe(1);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(
      /^nasnet_mobile: 127\.0\.0\.1:\d+ cannot be reached: .*npm run zoo -- build nasnet_mobile <file\.h5>$/,
    );
    expect(complaints[0]).not.toContain('\n');
  });
});

describe('pull of several', () => {
  test('goes on after one that fails, and tells which at the end', async () => {
    const { settings } = await weightsOnServer();
    const { terminal, complaints, lines } = recorder();
    // The server has one file, which passes for one network alone.
    const code = await runZoo(['pull', 'vgg', id, '--models', settings.models, '--url', settings.url], terminal, settings.official); // biome-ignore format: a command line
    expect(code).toBe(1);
    expect(complaints).toEqual([
      expect.stringMatching(/^vgg16: /),
      expect.stringMatching(/^vgg19: /),
      'Not installed: vgg16, vgg19.',
    ]);
    expect(lines.join()).toContain(`${id}: installed with official weights`);
    expect(await visible(settings.models)).toEqual([`${id}.json`, `${id}.onnx`]);
  });

  test('takes a family for all of its networks, once each', () => {
    expect(zooIdsOf(['inception', 'Xception', 'vgg'])).toEqual(['xception', 'inception_v3', 'vgg16', 'vgg19']);
    expect(zooIdsOf(['all', 'vgg'])).toEqual(zooIds);
  });
});

test('two commands at once do not install the same network', async () => {
  const models = await tempDir();
  const answers = await Promise.all([zoo('synthesize', id, '--models', models), zoo('synthesize', id, '--models', models)]); // biome-ignore format: a pair
  expect(answers.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(answers.flatMap(({ complaints }) => complaints)).toEqual([
    `${id}: Another command is installing it just now.`,
  ]);
  expect((await zoo('synthesize', id, '--models', models)).code).toBe(0);
});

describe('build', () => {
  test('refuses weights that are not the published ones, unless asked to', async () => {
    const dir = await tempDir();
    const file = join(dir, 'mine.h5');
    const models = join(dir, 'models');
    await writeKerasFile(file, layerGroups(layersOf(id), seededWeights(id)));
    const refused = await zoo('build', id, file, '--models', models);
    expect(refused).toMatchObject({ code: 1, complaints: [expect.stringContaining('Nothing was installed.')] });
    const taken = await zoo('build', id, file, '--models', models, '--unofficial');
    expect(taken.code).toBe(0);
    expect((await installedModels([models]))[id]).toMatchObject({ weights: 'synthetic' });
  });

  test('says what is wrong with a file for another network', async () => {
    const dir = await tempDir();
    const file = join(dir, 'other.h5');
    await writeKerasFile(file, layerGroups(layersOf('vgg16').slice(0, 2), seededWeights('vgg16')));
    const { code, complaints } = await zoo('build', id, file, '--models', join(dir, 'models'), '--unofficial');
    expect(code).toBe(1);
    expect(complaints).toEqual([expect.stringContaining('has 2 layers with weights; the network has 389')]);
    expect(await visible(join(dir, 'models'))).toEqual([]);
  });

  test('says when there is no file', async () => {
    const { code, complaints } = await zoo('build', id, '/nowhere/weights.h5');
    expect(code).toBe(1);
    expect(complaints).toEqual([expect.stringContaining('/nowhere/weights.h5 cannot be read')]);
  });
});

test('a directory that cannot be written is told in one line', async () => {
  const file = join(await tempDir(), 'file');
  await writeFile(file, '');
  const { code, complaints } = await zoo('synthesize', id, '--models', join(file, 'models'));
  expect(code).toBe(1);
  expect(complaints).toEqual([expect.stringMatching(/ENOTDIR: not a directory/)]);
});

test('the progress bar', () => {
  expect(bar(0)).toBe(`[${'-'.repeat(30)}]   0 %`);
  expect(bar(0.5)).toBe(`[${'#'.repeat(15)}${'-'.repeat(15)}]  50 %`);
  expect(bar(1)).toBe(`[${'#'.repeat(30)}] 100 %`);
});

/** The files of a directory, in order, but the locks. */
async function visible(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();
}

/** Seeded weights in Keras' layout, published on a server of our own. */
async function weightsOnServer(): Promise<{ file: Uint8Array; settings: Settings }> {
  const dir = await tempDir();
  const path = join(dir, 'published.h5');
  await writeKerasFile(path, layerGroups(layersOf(id), seededWeights(id)));
  const file = await readFile(path);
  const md5 = createHash('md5').update(file).digest('hex');
  const { url } = await serveFile(file);
  const official = { ...officialFiles, [id]: { path: 'nasnet/mobile.h5', md5 } };
  return { file, settings: { models: join(dir, 'models'), url, official, unofficial: false } };
}
