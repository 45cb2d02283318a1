import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import type { Answer } from '../core/answer.ts';
import { zooId } from '../golem-image/zoo/commands.ts';
import type { ZooId } from '../golem-image/zoo/networks/index.ts';
import type { Measured } from './measured.ts';
import { median } from './median.ts';
import { type Workbench, withWorkbench } from './zoo/workbench.ts';

const exec = promisify(execFile);
const rounds = 3;
const usual: readonly ZooId[] = ['densenet121', 'resnet50', 'vgg16', 'inception_v3'];
const root = path.join(import.meta.dirname, '..');
const worker = path.join(import.meta.dirname, 'original', 'worker.py');
const saver = path.join(root, 'golem-image', 'zoo', 'golden', 'regenerate.py');
const python = path.join(root, '.venv-tensorflow', 'bin', 'python');

const withoutPython = `Left out: it needs Python with TensorFlow. To have it:
  python3 -m venv .venv-tensorflow
  .venv-tensorflow/bin/pip install --requirement bench/original/requirements.txt`;

/** Their names in keras.applications. */
const applications: Readonly<Record<ZooId, string>> = {
  densenet121: 'DenseNet121',
  densenet169: 'DenseNet169',
  densenet201: 'DenseNet201',
  resnet50: 'ResNet50',
  resnet101: 'ResNet101',
  resnet152: 'ResNet152',
  resnet50v2: 'ResNet50V2',
  resnet101v2: 'ResNet101V2',
  resnet152v2: 'ResNet152V2',
  vgg16: 'VGG16',
  vgg19: 'VGG19',
  nasnet_large: 'NASNetLarge',
  nasnet_mobile: 'NASNetMobile',
  xception: 'Xception',
  inception_v3: 'InceptionV3',
  inception_resnet_v2: 'InceptionResNetV2',
};

type Cost = Pick<Measured, 'wallMs' | 'cpuMs' | 'peakMib'>;

/**
 * A full chunk, from the start of a process to its end, the way of the original service's worker (TensorFlow and Keras in
 * Python) and ours: the same seeded weights, the same sixteen images, and the same classes must come out. In turns, medians.
 */
export async function run(names: readonly string[]): Promise<void> {
  if (!existsSync(python)) return console.log(withoutPython);
  console.log('By the clock ms / of the processor ms / peak MiB');
  console.log(`${'network'.padEnd(20)}${'original'.padStart(24)}${'mlg'.padStart(24)}   ratios`);
  for (const id of names.length > 0 ? names.map(zooId) : usual) console.log(await row(id));
}

function row(id: ZooId): Promise<string> {
  return withWorkbench(id, async (bench) => {
    const original = await originalWorker(id, bench);
    const taken: { original: Cost; mlg: Cost }[] = [];
    while (taken.length < rounds) {
      const theirs = await original();
      const mlg = await bench.classify();
      await requireSameClasses(id, theirs.top, bench);
      taken.push({ original: theirs, mlg });
    }
    const theirs = medians(taken.map((round) => round.original));
    const mlg = medians(taken.map((round) => round.mlg));
    const ratios = (['wallMs', 'cpuMs', 'peakMib'] as const).map((what) => (theirs[what] / mlg[what]).toFixed(1));
    return `${id.padEnd(20)}${columns(theirs)}${columns(mlg)}   ${ratios.join(' / ')}`;
  });
}

/** Prepares, untimed, what the worker finds on its disk: weights as Keras publishes them, and images. */
async function originalWorker(id: ZooId, { dir, images }: Workbench) {
  await exec(python, [saver, '--float32', '--legacy', '--save', dir, id]);
  const files = images.map((_, i) => path.join(dir, `${i}.png`));
  const side = Math.sqrt((images[0]?.length ?? 0) / 3);
  const raw = { width: side, height: side, channels: 3 } as const;
  await Promise.all(
    images.map((image, i) =>
      sharp(image, { raw })
        .png()
        .toFile(files[i] as string),
    ),
  );
  const args = [worker, applications[id], path.join(dir, `${id}_weights.h5`), ...files];
  return async (): Promise<Cost & { top: readonly (readonly number[])[] }> => {
    const started = performance.now();
    const { stdout } = await exec(python, args);
    return { wallMs: performance.now() - started, ...JSON.parse(stdout) };
  };
}

/** What is measured must be the same work. */
async function requireSameClasses(id: ZooId, theirs: readonly (readonly number[])[], bench: Workbench): Promise<void> {
  const { top } = JSON.parse(await bench.result()) as Answer;
  const ours = top.map((classes) => classes.map(([index]) => index));
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
    throw new Error(`${id}: the original found the classes ${JSON.stringify(theirs)}, mlg ${JSON.stringify(ours)}`);
  }
}

function medians(costs: readonly Cost[]): Cost {
  const of = (what: keyof Cost) => median(costs.map((cost) => cost[what]));
  return { wallMs: of('wallMs'), cpuMs: of('cpuMs'), peakMib: of('peakMib') };
}

function columns({ wallMs, cpuMs, peakMib }: Cost): string {
  return [wallMs, cpuMs, peakMib]
    .map((value) => value.toFixed(0))
    .join(' / ')
    .padStart(24);
}
