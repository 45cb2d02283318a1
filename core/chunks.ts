import { type Model, type ModelId, modelById, tensorBytes } from './catalogue.ts';
import type { PredictionRequest } from './request.ts';

/** Requests that one provider classifies in one batch: one model, oldest first. */
export interface Chunk {
  readonly model: Model;
  readonly requests: readonly PredictionRequest[];
}

export interface ChunkLimits {
  readonly images: number;
  /** Of all tensors together. */
  readonly bytes: number;
}

/** 16 images and 64 MiB a provider, as in the original service. */
export const chunkLimits: ChunkLimits = { images: 16, bytes: 64 * 2 ** 20 };

/** A chunk with its images: what goes to a provider. */
export interface PackedChunk {
  readonly model: Model;
  readonly count: number;
  /** A chunk file: see chunk-file.ts. */
  readonly bytes: Uint8Array;
}

/**
 * Divides requests into chunks, each request in exactly one. Requests that failed together before come in smaller
 * chunks, the third time alone, so that one bad image cannot take others with it. A chunk is given as soon as it is
 * full; those that never fill come at the end. Holds at most one open chunk a model and attempt.
 * @param requests oldest first
 */
export async function* divide(
  requests: AsyncIterable<PredictionRequest> | Iterable<PredictionRequest>,
  limits: ChunkLimits = chunkLimits,
): AsyncGenerator<Chunk> {
  const open = new Map<string, Chunk & { readonly requests: PredictionRequest[] }>();
  for await (const request of requests) {
    const key = `${request.model} ${request.attempts}`;
    const chunk = open.get(key) ?? { model: known(request.model), requests: [] };
    chunk.requests.push(request);
    if (chunk.requests.length < imagesPerChunk(request.model, request.attempts, limits)) {
      open.set(key, chunk);
    } else {
      open.delete(key);
      yield chunk;
    }
  }
  yield* open.values();
}

/** With each failed attempt, chunks become smaller by this factor: 16 images, then 4, then 1. */
const shrink = 4;

/** How many images of a model fit a chunk of requests that have failed so often; at least one. */
export function imagesPerChunk(model: ModelId, attempts = 0, limits: ChunkLimits = chunkLimits): number {
  const fitting = Math.min(limits.images, Math.floor(limits.bytes / tensorBytes(known(model))));
  return Math.max(1, Math.floor(fitting / shrink ** attempts));
}

function known(id: ModelId): Model {
  const model = modelById(id);
  if (!model) throw new Error(`A request names the model '${id}', which is not in the catalogue.`);
  return model;
}
