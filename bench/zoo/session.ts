/**
 * Runs a network's chunk in a process of its own: `session <cold|warm> <chunk> <onnx>`. `cold` loads it with onnxruntime
 * as it comes and runs the whole chunk as one batch, once: prints `Cold`. `warm` loads it that way and as classify does,
 * and runs both in turns: prints `Warm`.
 */
import { readFile } from 'node:fs/promises';
import { decodeChunk } from '../../core/chunk-file.ts';
import { loadNetwork } from '../../golem-image/inference.ts';
import { InferenceSession, Tensor } from '../../golem-image/onnx-runtime.ts';

export interface Time {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Cold {
  readonly load: Time;
  readonly run: Time;
}

/** One turn. */
export interface Turn {
  readonly mlg: Time;
  readonly bare: Time;
}

export type Warm = readonly Turn[];

const turns = 9;
const [how, chunkFile = '', onnxFile = ''] = process.argv.slice(2);
const { tensors, count, height, width } = decodeChunk(await readFile(chunkFile));
const shape = [count, height, width, 3] as const;
console.log(JSON.stringify(how === 'cold' ? await cold() : await warm()));

async function cold(): Promise<Cold> {
  const [runBare, load] = await timed(bareSession);
  const [, run] = await timed(runBare);
  return { load, run };
}

async function warm(): Promise<Warm> {
  const bare = await bareSession();
  const network = await loadNetwork(onnxFile);
  const mlg = () => network.run(tensors, shape);
  await bare();
  await mlg();
  const taken: Turn[] = [];
  while (taken.length < turns) {
    const [, mlgTime] = await timed(mlg);
    const [, bareTime] = await timed(bare);
    taken.push({ mlg: mlgTime, bare: bareTime });
  }
  return taken;
}

async function bareSession(): Promise<() => Promise<unknown>> {
  const session = await InferenceSession.create(onnxFile);
  return () => session.run({ images: new Tensor('uint8', tensors, shape) }, ['probs']);
}

async function timed<T>(step: () => Promise<T>): Promise<[T, Time]> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await step();
  const { user, system } = process.cpuUsage(cpu);
  return [result, { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 }];
}
