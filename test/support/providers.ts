import type { ModelId } from '../../core/catalogue.ts';
import { decodeChunk } from '../../core/chunk-file.ts';
import type { ClassifiedChunk, PackedChunk } from '../../core/chunks.ts';
import type { Providers, RunCost } from '../../core/ports.ts';

/** Providers whose answer names the first byte of each image, so that a mix-up shows. */
export class TestProviders implements Providers {
  readonly chunks: { model: ModelId; count: number }[] = [];
  closed = 0;
  readonly #before: (chunk: PackedChunk, call: number, signal: AbortSignal) => Promise<void>;

  constructor(before: (chunk: PackedChunk, call: number, signal: AbortSignal) => Promise<void> = async () => {}) {
    this.#before = before;
  }

  async classify(chunk: PackedChunk, signal: AbortSignal): Promise<ClassifiedChunk> {
    this.chunks.push({ model: chunk.model.id, count: chunk.count });
    await this.#before(chunk, this.chunks.length, signal);
    const { tensors, count } = decodeChunk(chunk.bytes);
    const imageBytes = tensors.length / count;
    return Array.from({ length: count }, (_, index) => ({
      predictions: [['n00000000', `image ${tensors[index * imageBytes]}`, 0.5]],
      weights: 'official',
      provider: '0xp',
    }));
  }

  async close(): Promise<RunCost> {
    this.closed++;
    return { glm: 0.25, invoices: 1 };
  }
}
