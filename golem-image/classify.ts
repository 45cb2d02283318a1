/**
 * The program that runs on a provider: `classify <chunk file> <result file>`.
 *
 * Reads a chunk (core/chunk-file.ts), runs its network on its images, and writes the five most probable
 * classes of each as one JSON file (`Answer` of core/answer.ts). The network is `<id>.onnx` in a directory of
 * `MLG_MODELS`, or in `models` beside this program; with `MLG_YIELD=1` it takes heed of others on the same machine. Needs
 * no network connection. Exit codes: see failure.ts.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import type { Answer } from '../core/answer.ts';
import { readChunk } from './chunk.ts';
import { ClassifyFailure, exitCodes, reason } from './failure.ts';
import { loadNetwork } from './inference.ts';
import { modelDirs, modelFile } from './models.ts';
import { topClasses } from './top-classes.ts';

try {
  await classify(process.argv.slice(2));
} catch (error) {
  process.exitCode = error instanceof ClassifyFailure ? exitCodes[error.kind] : 1;
  process.stderr.write(`classify: ${reason(error).replaceAll(/\s+/g, ' ').slice(0, 500)}\n`);
}

async function classify(args: readonly string[]): Promise<void> {
  const [chunkPath, resultPath] = args;
  if (chunkPath === undefined || resultPath === undefined || args.length > 2) {
    throw new ClassifyFailure('usage', 'usage: classify <chunk file> <result file>');
  }
  const { model, count, tensors, sha256 } = await readChunk(chunkPath);
  const dirs = modelDirs(process.env);
  const path = await modelFile(dirs, model.id);
  if (path === undefined) {
    throw new ClassifyFailure('model', `Network ${model.id} is not installed here (looked in ${dirs.join(', ')}).`);
  }
  const network = await loadNetwork(path, { yielding: process.env.MLG_YIELD === '1' });
  const probabilities = await network.run(tensors, [count, model.size, model.size, 3]);
  const answer: Answer = {
    chunk_sha256: sha256,
    model_sha256: await network.sha256(),
    runtime: network.runtime,
    top: probabilities.map(topClasses),
  };
  await writeWhole(resultPath, JSON.stringify(answer));
}

/** The file appears under its name at once and whole, or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await writeFile(part, text);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new ClassifyFailure('result', `The result cannot be written: ${reason(cause)}`, { cause });
  }
}
