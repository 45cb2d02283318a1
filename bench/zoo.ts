import { zooId } from '../golem-image/zoo/commands.ts';
import { type ZooId, zooIds } from '../golem-image/zoo/networks/index.ts';
import { type Measured, measured } from './measured.ts';
import { median } from './median.ts';
import type { Time, Times } from './zoo/session.ts';
import { type Workbench, withWorkbench } from './zoo/workbench.ts';

const rounds = 3;
const session = import.meta.resolve('./zoo/session.ts');
/** Of the table's columns, characters. */
const widths = [20, 8, 15, 16, 13, 15, 15, 13, 6, 6];

const explanation = `Times in ms, by the clock / of the processor.
cold: classify as provider images have it, from its start to its end, to a bare load and first run. warm: the run of a loaded network, to a bare one.
peak: the most memory that classify, and the bare script, held at once, MiB.
`;
const heading = ['network', 'ONNX MB', 'cold', 'bare load + run', 'ratio', 'warm', 'bare', 'ratio', 'peak', 'bare'];

/**
 * A full chunk for each network, or for those that are named, with seeded weights: the provider image's classify from its
 * start to its end, and the run of a network that is loaded already; beside them onnxruntime as it comes, in a script that
 * does nothing else. In turns, medians. Where other programs are at work, the processor's time says more than the clock's.
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

function measure(id: ZooId): Promise<{ bytes: number; rounds: readonly Round[] }> {
  return withWorkbench(id, async (bench) => {
    const taken: Round[] = [];
    while (taken.length < rounds) taken.push(await takeRound(bench));
    return { bytes: bench.bytes, rounds: taken };
  });
}

async function takeRound({ chunk, onnx, classify }: Workbench): Promise<Round> {
  const whole = await classify();
  const bare = await measured(session, ['bare', chunk, onnx]);
  const mlg = await measured(session, ['mlg', chunk, onnx]);
  return { chunk: whole, mlg: JSON.parse(mlg.stdout), bare: { ...JSON.parse(bare.stdout), peakMib: bare.peakMib } };
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
