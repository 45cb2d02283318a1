/**
 * Loads a network and classifies a chunk twice, in a process of its own: `session <bare|mlg> <chunk> <onnx>`. `bare`
 * is onnxruntime as it comes, with the whole chunk as one batch; `mlg` is what classify does. Prints `Times`.
 */
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { decodeChunk } from '../../core/chunk-file.ts';
import { loadNetwork } from '../../golem-image/inference.ts';

export interface Time {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Times {
  readonly load: Time;
  readonly firstRun: Time;
  readonly warmRun: Time;
}

const [how, chunkFile = '', onnxFile = ''] = process.argv.slice(2);
const { tensors, count, height, width } = decodeChunk(await readFile(chunkFile));
const shape = [count, height, width, 3] as const;

const [run, load] = await timed(how === 'bare' ? bareSession : mlgNetwork);
const [, firstRun] = await timed(run);
const [, warmRun] = await timed(run);
console.log(JSON.stringify({ load, firstRun, warmRun } satisfies Times));

async function bareSession(): Promise<() => Promise<unknown>> {
  const session = await InferenceSession.create(onnxFile);
  return () => session.run({ images: new Tensor('uint8', tensors, shape) }, ['probs']);
}

async function mlgNetwork(): Promise<() => Promise<unknown>> {
  const network = await loadNetwork(onnxFile);
  return () => network.run(tensors, shape);
}

async function timed<T>(step: () => Promise<T>): Promise<[T, Time]> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await step();
  const { user, system } = process.cpuUsage(cpu);
  return [result, { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 }];
}
