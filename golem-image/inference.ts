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

export interface LoadOptions {
  /** Threads that wait for the next layer give their processor to other programs, instead of spinning on it. */
  readonly yielding?: boolean;
}

/**
 * Without repacking of weights VGG19 loads in half the time. Spinning threads are some five per cent faster where nothing
 * else runs, and a fifth slower where two providers share the processors. What else was tried: docs/benchmarks.md.
 */
const sessionOptions = ({ yielding = false }: LoadOptions): InferenceSession.SessionOptions => ({
  intraOpNumThreads: availableParallelism(),
  logSeverityLevel: 3,
  extra: { session: { disable_prepacking: '1', intra_op: { allow_spinning: yielding ? '0' : '1' } } },
});

/**
 * Loads an ONNX file by its path and hashes it meanwhile in another thread. Loading from memory would hash the same
 * bytes without doubt, but costs VGG19 another 0.5 s and 550 MB; instead the file must not change while it is read.
 * @throws ClassifyFailure `inference` when it does not load
 */
export async function loadNetwork(path: string, options: LoadOptions = {}): Promise<Network> {
  const hash = startFileHash(path);
  const session = await attempt('The network does not load', () =>
    InferenceSession.create(path, sessionOptions(options)),
  );
  return {
    runtime: `onnxruntime-node ${env.versions.node}`,
    sha256: () => hash.finish(),
    run: (images, shape) => attempt('Inference failed', () => runInBatches(session, images, shape)),
  };
}

/** So many images at a time: one by one the threads wait for each other too often, and all at once need twice the memory. */
const batchSize = 8;

async function runInBatches(
  session: InferenceSession,
  images: Uint8Array,
  [count, ...shape]: Shape,
): Promise<Float32Array[]> {
  const bytes = shape.reduce((product, side) => product * side);
  const rows: Float32Array[] = [];
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(from + batchSize, count);
    const batch = new Tensor('uint8', images.subarray(from * bytes, to * bytes), [to - from, ...shape]);
    const { probs } = await session.run({ images: batch }, ['probs']);
    rows.push(...probabilities(probs?.data, to - from));
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

/** One row an image. */
function probabilities(data: unknown, count: number): Float32Array[] {
  if (!(data instanceof Float32Array && data.length % count === 0 && data.every((value) => Number.isFinite(value)))) {
    throw new Error('the network gave something other than probabilities');
  }
  const classes = data.length / count;
  return Array.from({ length: count }, (_, i) => data.slice(i * classes, (i + 1) * classes));
}
