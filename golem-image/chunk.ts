import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Model, modelById } from '../core/catalogue.ts';
import { type ChunkFile, decodeChunk } from '../core/chunk-file.ts';
import { chunkLimits } from '../core/chunks.ts';
import { ClassifyFailure, reason } from './failure.ts';

/** A chunk that names a known network and holds images of its size. */
export interface Chunk {
  readonly model: Model;
  readonly count: number;
  /** count x size x size x 3, uint8 RGB. */
  readonly tensors: Uint8Array;
  /** SHA-256 of the chunk file, hex. */
  readonly sha256: string;
}

/** @throws ClassifyFailure `chunk` when the file cannot be read or is no such chunk; `model` when nobody knows its network */
export async function readChunk(path: string): Promise<Chunk> {
  let file: Uint8Array;
  let chunk: ChunkFile;
  try {
    file = await readFile(path);
    chunk = decodeChunk(file);
  } catch (cause) {
    throw new ClassifyFailure('chunk', `The chunk cannot be read: ${reason(cause)}`, { cause });
  }
  const model = modelById(chunk.model);
  if (!model) {
    throw new ClassifyFailure('model', `There is no network of the id ${JSON.stringify(chunk.model.slice(0, 40))}.`);
  }
  const { count, height, width, tensors } = chunk;
  if (height !== model.size || width !== model.size) {
    throw new ClassifyFailure(
      'chunk',
      `${model.id} takes images of ${model.size} x ${model.size}; the chunk holds ${width} x ${height}.`,
    );
  }
  if (count > chunkLimits.images) {
    throw new ClassifyFailure('chunk', `The chunk holds ${count} images; at most ${chunkLimits.images} are taken.`);
  }
  return { model, count, tensors, sha256: createHash('sha256').update(file).digest('hex') };
}
