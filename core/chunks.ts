import { type Model, type ModelId, modelById, tensorBytes } from './catalogue.ts';
import type { Outcome, PredictionRequest } from './request.ts';

/** Requests that one provider classifies in one batch: one model, oldest first. */
export interface Chunk {
  readonly model: Model & { readonly id: ModelId };
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
  readonly model: Model & { readonly id: ModelId };
  readonly count: number;
  /** A chunk file: see chunk-file.ts. */
  readonly bytes: Uint8Array;
}

/** One outcome an image, in the chunk's order. */
export type ClassifiedChunk = readonly Outcome[];

/**
 * Divides requests into chunks, each request in exactly one. A chunk is given as soon as it is full; those that never
 * fill come at the end. Holds at most one open chunk a model, however many requests there are.
 * @param requests oldest first
 */
export async function* divide(
  requests: AsyncIterable<PredictionRequest> | Iterable<PredictionRequest>,
  limits: ChunkLimits = chunkLimits,
): AsyncGenerator<Chunk> {
  const open = new Map<ModelId, PredictionRequest[]>();
  for await (const request of requests) {
    const waiting = open.get(request.model) ?? [];
    waiting.push(request);
    if (waiting.length < imagesPerChunk(request.model, limits)) {
      open.set(request.model, waiting);
    } else {
      open.delete(request.model);
      yield { model: known(request.model), requests: waiting };
    }
  }
  for (const [model, waiting] of open) yield { model: known(model), requests: waiting };
}

/** How many images of a model fit a chunk; at least one. */
export function imagesPerChunk(model: ModelId, limits: ChunkLimits = chunkLimits): number {
  return Math.max(1, Math.min(limits.images, Math.floor(limits.bytes / tensorBytes(known(model)))));
}

function known(id: ModelId): Model & { readonly id: ModelId } {
  const model = modelById(id);
  if (!model) throw new Error(`A request names the model '${id}', which is not in the catalogue.`);
  return model;
}
