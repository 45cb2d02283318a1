import { zooId } from '../golem-image/zoo/commands.ts';
import { zooIds } from '../golem-image/zoo/networks/index.ts';
import { type Measured, measured } from './measured.ts';
import { median } from './median.ts';
import type { Cold, Time, Warm } from './zoo/session.ts';
import { type Workbench, withWorkbench } from './zoo/workbench.ts';

const rounds = 7;
const session = import.meta.resolve('./zoo/session.ts');
/** Of the table's columns, characters. */
const widths = [20, 8, 15, 16, 13, 15, 15, 13, 6, 6];

const explanation = `Times in ms, by the clock / of the processor; medians, also of the ratios.
cold: classify as provider images have it, from its start to its end, to a bare load and first run.
warm: the run of a loaded network, to a bare one in the same process.
peak: the most memory that classify, and the bare script, held at once, MiB.
`;
const heading = ['network', 'ONNX MB', 'cold', 'bare load + run', 'ratio', 'warm', 'bare', 'ratio', 'peak', 'bare'];

/**
 * A full chunk for each network, or for those that are named, with seeded weights: the provider image's classify from its
 * start to its end, and the run of a network that is loaded already; beside them, in turns, onnxruntime as it comes, in a
 * script that does nothing else. Where other programs are at work, the processor's time says more than the clock's.
 */
export async function run(names: readonly string[]): Promise<void> {
  console.log(explanation);
  console.log(columns(heading));
  for (const id of names.length > 0 ? names.map(zooId) : zooIds) console.log(await withWorkbench(id, row));
}

/** What we take, and what the bare runtime takes, one after the other. */
interface Round {
  readonly mlg: Time;
  readonly bare: Time;
}

async function row({ id, bytes, chunk, onnx, classify }: Workbench): Promise<string> {
  const cold: { mlg: Measured; bare: Time & Pick<Measured, 'peakMib'> }[] = [];
  while (cold.length < rounds) {
    const mlg = await classify();
    const { stdout, peakMib } = await measured(session, ['cold', chunk, onnx]);
    const { load, run } = JSON.parse(stdout) as Cold;
    cold.push({ mlg, bare: { ...sum(load, run), peakMib } });
  }
  const warm: Warm = JSON.parse((await measured(session, ['warm', chunk, onnx])).stdout);
  const peaks = (['mlg', 'bare'] as const).map((who) =>
    Math.max(...cold.map((round) => round[who].peakMib)).toFixed(0),
  );
  return columns([id, (bytes / 1e6).toFixed(1), ...compared(cold), ...compared(warm), ...peaks]);
}

/** Our times, those of the bare runtime, and the ratios of the two within a round. */
function compared(rounds: readonly Round[]): string[] {
  const medianOf = (of: (round: Round) => number, digits: number) => median(rounds.map(of)).toFixed(digits);
  const both = (of: (round: Round, what: keyof Time) => number, digits: number) =>
    (['wallMs', 'cpuMs'] as const).map((what) => medianOf((round) => of(round, what), digits)).join(' / ');
  return [
    both(({ mlg }, what) => mlg[what], 0),
    both(({ bare }, what) => bare[what], 0),
    both(({ mlg, bare }, what) => mlg[what] / bare[what], 2),
  ];
}

function columns(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' ');
}

function sum(a: Time, b: Time): Time {
  return { wallMs: a.wallMs + b.wallMs, cpuMs: a.cpuMs + b.cpuMs };
}
