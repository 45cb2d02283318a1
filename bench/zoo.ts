import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Model, modelById } from '../core/catalogue.ts';
import { encodeChunk } from '../core/chunk-file.ts';
import { chunkLimits } from '../core/chunks.ts';
import { prepareImage } from '../core/image/prepare.ts';
import { bundleProgram } from '../golem-image/stage/program.ts';
import { zooId } from '../golem-image/zoo/commands.ts';
import { install } from '../golem-image/zoo/install.ts';
import { type ZooId, zooIds } from '../golem-image/zoo/networks/index.ts';
import { seededWeights } from '../golem-image/zoo/seeded.ts';
import { type Measured, measured } from './measured.ts';
import type { Time, Times } from './zoo/session.ts';

const rounds = 3;
const session = import.meta.resolve('./zoo/session.ts');
/** Of the table's columns, characters. */
const widths = [20, 8, 15, 16, 13, 15, 15, 13, 6, 6];
const photos = ['cat.jpg', 'coffee.jpg', 'rocket.jpg', 'camera.png'];

const explanation = `Times in ms, by the clock / of the processor.
cold: classify as provider images have it, from its start to its end, to a bare load and first run. warm: the run of a loaded network, to a bare one.
peak: the most memory that classify, and the bare script, held at once, MiB.
`;
const heading = ['network', 'ONNX MB', 'cold', 'bare load + run', 'ratio', 'warm', 'bare', 'ratio', 'peak', 'bare'];

/**
 * A full chunk for each network, or for those that are named, with seeded weights: the provider image's classify from
 * its start to its end, and the run of a network that is loaded already; beside them onnxruntime as it comes, in a script that does
 * nothing else. In turns, medians. Where other programs are at work, the processor's time says more than the clock's.
 */
export async function run(names: readonly string[]): Promise<void> {
  console.log(explanation);
  console.log(columns(heading));
  for (const id of names.length > 0 ? names.map(zooId) : zooIds) console.log(row(id, await measure(id)));
}

interface Round {
  /** Start of the program to its end. */
  readonly chunk: Measured;
  readonly mlg: Times;
  readonly bare: Times & Pick<Measured, 'peakMib'>;
}

async function measure(id: ZooId): Promise<{ bytes: number; rounds: readonly Round[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'mlg-bench-'));
  try {
    const { bytes } = await install(dir, id, seededWeights(id), 'synthetic');
    const chunk = join(dir, 'chunk');
    await writeFile(chunk, await fullChunk(modelById(id) as Model));
    const classify = await providerProgram(dir);
    const taken: Round[] = [];
    while (taken.length < rounds) taken.push(await takeRound(id, dir, classify, chunk));
    return { bytes, rounds: taken };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The program as it is in provider images, one file. */
async function providerProgram(dir: string): Promise<string> {
  await bundleProgram(dir);
  const inference = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  await symlink(join(dirname(inference), '..'), join(dir, 'node_modules'));
  return pathToFileURL(join(dir, 'classify.mjs')).href;
}

async function takeRound(id: ZooId, dir: string, classify: string, chunk: string): Promise<Round> {
  const onnx = join(dir, `${id}.onnx`);
  const whole = await measured(classify, [chunk, join(dir, 'result.json')], { MLG_MODELS: dir });
  const bare = await measured(session, ['bare', chunk, onnx]);
  const mlg = await measured(session, ['mlg', chunk, onnx]);
  return { chunk: whole, mlg: JSON.parse(mlg.stdout), bare: { ...JSON.parse(bare.stdout), peakMib: bare.peakMib } };
}

async function fullChunk({ id, size }: Model): Promise<Uint8Array> {
  const images = await Promise.all(
    photos.map(async (name) => prepareImage(await readFile(new URL(`../local/photos/${name}`, import.meta.url)), size)),
  );
  const all = Array.from({ length: chunkLimits.images }, (_, i) => images[i % images.length] as Uint8Array);
  return encodeChunk(id, size, size, all);
}

function row(id: ZooId, { bytes, rounds }: { bytes: number; rounds: readonly Round[] }): string {
  const time = (of: (round: Round) => Time): Time => ({
    wallMs: median(rounds.map((round) => of(round).wallMs)),
    cpuMs: median(rounds.map((round) => of(round).cpuMs)),
  });
  const cold = time(({ chunk }) => chunk);
  const bareCold = time(({ bare }) => sum(bare.load, bare.firstRun));
  const warm = time(({ mlg }) => mlg.warmRun);
  const bareWarm = time(({ bare }) => bare.warmRun);
  return columns([
    id,
    (bytes / 1e6).toFixed(1),
    milliseconds(cold),
    milliseconds(bareCold),
    ratio(cold, bareCold),
    milliseconds(warm),
    milliseconds(bareWarm),
    ratio(warm, bareWarm),
    Math.max(...rounds.map(({ chunk }) => chunk.peakMib)).toFixed(0),
    Math.max(...rounds.map(({ bare }) => bare.peakMib)).toFixed(0),
  ]);
}

function columns(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' ');
}

function milliseconds({ wallMs, cpuMs }: Time): string {
  return `${wallMs.toFixed(0)} / ${cpuMs.toFixed(0)}`;
}

function ratio(ours: Time, bare: Time): string {
  return `${(ours.wallMs / bare.wallMs).toFixed(2)} / ${(ours.cpuMs / bare.cpuMs).toFixed(2)}`;
}

function sum(a: Time, b: Time): Time {
  return { wallMs: a.wallMs + b.wallMs, cpuMs: a.cpuMs + b.cpuMs };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
