import { join } from 'node:path';
import { modelById } from '../../core/catalogue.ts';
import { temporaryFolder } from '../../process/temporary-folder.ts';
import * as ort from '../onnx-runtime.ts';
import { writeNetwork } from './build.ts';
import { readGolden } from './golden.ts';
import type { ZooId } from './networks/index.ts';
import { seededImage, seededWeights } from './seeded.ts';

/**
 * What counts as equal to Keras: ten times the float32 error that was measured, and a quarter of what the smallest of
 * the mistakes that were tried makes.
 */
export const tolerance = { logit: 1e-4, probability: 1e-5 };

export interface Verification {
  readonly maxLogitDelta: number;
  readonly maxProbabilityDelta: number;
  readonly sameTop5: boolean;
  readonly loadMs: number;
  readonly runMs: number;
  /** Within tolerance, and the same five classes in the same order. */
  readonly ok: boolean;
}

/** Builds a network with seeded weights, runs it on the seeded image and compares with what Keras computed. */
export async function verify(id: ZooId): Promise<Verification> {
  await using folder = await temporaryFolder('mlg-zoo-');
  const path = join(folder.path, `${id}.onnx`);
  await writeNetwork(id, seededWeights(id), 'synthetic', path);
  return await compare(id, path);
}

/** Compares a network with seeded weights, in an ONNX file, with what Keras computed. */
export async function compare(id: ZooId, path: string): Promise<Verification> {
  const golden = await readGolden(id);
  const { logits, probs, loadMs, runMs } = await run(id, path);
  const maxLogitDelta = Math.max(...golden.logits.map((value, c) => Math.abs(value - (logits[c] ?? Number.NaN))));
  const deltas = golden.top5.map(([c, probability]) => Math.abs(probability - (probs[c] ?? Number.NaN)));
  const maxProbabilityDelta = Math.max(...deltas);
  const sameTop5 = top5(probs).join() === golden.top5.map(([c]) => c).join();
  const ok = maxLogitDelta <= tolerance.logit && maxProbabilityDelta <= tolerance.probability && sameTop5;
  return { maxLogitDelta, maxProbabilityDelta, sameTop5, loadMs, runMs, ok };
}

async function run(id: ZooId, path: string) {
  const size = modelById(id)?.size as number;
  const images = new ort.Tensor('uint8', seededImage(size), [1, size, size, 3]);
  const start = performance.now();
  const session = await ort.InferenceSession.create(path);
  try {
    const loaded = performance.now();
    const { logits, probs } = await session.run({ images });
    const runMs = performance.now() - loaded;
    return { logits: numbers(logits), probs: numbers(probs), loadMs: loaded - start, runMs };
  } finally {
    await session.release();
  }
}

function numbers(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('The network gives no float output.');
  return tensor.data;
}

function top5(probs: Float32Array): number[] {
  return [...probs.keys()].sort((a, b) => (probs[b] as number) - (probs[a] as number)).slice(0, 5);
}
