import * as v from 'valibot';
import type { InstalledModel } from './catalogue.ts';
import { ProviderError } from './errors.ts';
import { imageNetClasses } from './labels.ts';
import type { ChunkReply } from './ports.ts';
import { type Prediction, topK } from './predictions.ts';

/** What a provider's classify program writes: the classes of each image, and by what they were computed. */
export interface Answer {
  /** SHA-256 of the chunk file that was classified, hex. */
  readonly chunk_sha256: string;
  /** SHA-256 of the ONNX file, hex. */
  readonly model_sha256: string;
  /** Such as `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
  /** Per image, in the chunk's order: [class index, probability], the most probable first. */
  readonly top: readonly (readonly (readonly [index: number, probability: number])[])[];
}

/** Larger answers are not read. */
export const maxAnswerBytes = 40_000;

/** Slack for the sum of rounded float32 probabilities. */
const roundingSlack = 1e-3;

const classIndex = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(imageNetClasses.length - 1));
const probability = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1));
const topSchema = v.pipe(
  v.array(v.strictTuple([classIndex, probability])),
  v.length(topK),
  v.check((top) => top.every(([, p], i) => p <= (top[i - 1]?.[1] ?? 1)), 'probabilities are not sorted'),
  v.check((top) => new Set(top.map(([index]) => index)).size === topK, 'a class stands twice'),
  v.check((top) => top.reduce((sum, [, p]) => sum + p, 0) <= 1 + roundingSlack, 'probabilities sum to more than 1'),
);

/**
 * Reads a provider's answer, which is untrusted input.
 * @throws ProviderError `bad_answer` that says which check failed
 */
export function readAnswer(
  bytes: Uint8Array,
  expected: { chunkSha256: string; count: number; model: InstalledModel },
): Pick<ChunkReply, 'runtime' | 'modelSha256' | 'answers'> {
  if (bytes.length > maxAnswerBytes) {
    throw bad(`it is too large: at most ${maxAnswerBytes} bytes are read`);
  }
  const schema = v.object({
    chunk_sha256: v.literal(expected.chunkSha256, 'it answers another chunk'),
    model_sha256: v.literal(expected.model.sha256, 'another model file made it'),
    runtime: v.pipe(v.string(), v.maxLength(100)),
    top: v.pipe(v.array(topSchema), v.length(expected.count)),
  });
  const result = v.safeParse(schema, parse(bytes));
  if (!result.success) throw bad(reason(result.issues[0]));
  const { runtime, model_sha256, top } = result.output;
  const answers = top.map((five) => five.map(([index, p]) => prediction(index, p)));
  return { runtime, modelSha256: model_sha256, answers };
}

/** An index and probability as a prediction. */
export function prediction(index: number, p: number): Prediction {
  const known = imageNetClasses[index];
  if (!known) throw new RangeError(`ImageNet has no class ${index}.`);
  return [known.wnid, known.label, p];
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw bad('it is not JSON', cause);
  }
}

function reason(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path ? `${path}: ${issue.message}` : issue.message;
}

function bad(why: string, cause?: unknown): ProviderError {
  return new ProviderError('bad_answer', `The provider's answer was refused: ${why}.`, { cause });
}
