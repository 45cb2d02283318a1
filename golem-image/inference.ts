import { availableParallelism } from 'node:os';
import { ClassifyFailure, reason } from './failure.ts';
import { startFileHash } from './file-hash.ts';
import { env, InferenceSession, Tensor } from './onnx-runtime.ts';

/** A network that is ready to run. */
export interface Network {
  /** Such as `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
  /**
   * SHA-256 of the file that was loaded, hex.
   * @throws ClassifyFailure `model` when the file has changed since
   */
  sha256(): Promise<string>;
  /**
   * The classes' probabilities, one row an image.
   * @param images uint8 RGB
   * @throws ClassifyFailure `inference`
   */
  run(images: Uint8Array, shape: Shape): Promise<Float32Array[]>;
}

type Shape = readonly [count: number, height: number, width: number, depth: 3];

/**
 * For one chunk a process, possibly beside other providers on the same machine. Without repacking of weights VGG19 loads
 * in half the time; without spinning two or more processes do not take each other's processors. What else was tried:
 * docs/benchmarks.md.
 */
const options: InferenceSession.SessionOptions = {
  intraOpNumThreads: availableParallelism(),
  logSeverityLevel: 3,
  extra: { session: { disable_prepacking: '1', intra_op: { allow_spinning: '0' } } },
};

/**
 * Loads an ONNX file by its path and hashes it meanwhile in another thread. Loading from memory would hash the same
 * bytes without doubt, but costs VGG19 another 0.5 s and 550 MB; instead the file must not change while it is read.
 * @throws ClassifyFailure `inference` when it does not load
 */
export async function loadNetwork(path: string): Promise<Network> {
  const hash = startFileHash(path);
  const session = await attempt('The network does not load', () => InferenceSession.create(path, options));
  return {
    runtime: `onnxruntime-node ${env.versions.node}`,
    sha256: () => hash.finish(),
    run: (images, shape) => attempt('Inference failed', () => runEach(session, images, shape)),
  };
}

/** One image after the other: a chunk as one batch needs up to twice the memory, and gains nothing. */
async function runEach(
  session: InferenceSession,
  images: Uint8Array,
  [count, ...shape]: Shape,
): Promise<Float32Array[]> {
  const bytes = shape.reduce((product, side) => product * side);
  const rows: Float32Array[] = [];
  for (let n = 0; n < count; n++) {
    const image = new Tensor('uint8', images.subarray(n * bytes, (n + 1) * bytes), [1, ...shape]);
    const { probs } = await session.run({ images: image }, ['probs']);
    rows.push(probabilities(probs?.data));
  }
  return rows;
}

async function attempt<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new ClassifyFailure('inference', `${what}: ${reason(cause)}`, { cause });
  }
}

function probabilities(data: unknown): Float32Array {
  if (data instanceof Float32Array && data.every((value) => Number.isFinite(value))) return data;
  throw new Error('the network gave something other than probabilities');
}
