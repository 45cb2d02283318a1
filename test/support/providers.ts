import type { ModelId } from '../../core/catalogue.ts';
import { decodeChunk } from '../../core/chunk-file.ts';
import type { PackedChunk } from '../../core/chunks.ts';
import type { AskOptions, ChunkReply, Providers, RunCost } from '../../core/ports.ts';

/** Providers whose answer names the first byte of each image, so that a mix-up shows. */
export class TestProviders implements Providers {
  readonly chunks: { model: ModelId; count: number }[] = [];
  readonly blamed: string[] = [];
  closed = 0;
  readonly #before: (chunk: PackedChunk, call: number, signal: AbortSignal) => Promise<void>;

  constructor(before: (chunk: PackedChunk, call: number, signal: AbortSignal) => Promise<void> = async () => {}) {
    this.#before = before;
  }

  async ask(chunk: PackedChunk, { signal }: AskOptions): Promise<ChunkReply> {
    this.chunks.push({ model: chunk.model.id, count: chunk.count });
    await this.#before(chunk, this.chunks.length, signal);
    const { tensors, count } = decodeChunk(chunk.bytes);
    const imageBytes = tensors.length / count;
    return {
      provider: '0xp',
      agreement: 'an agreement',
      runtime: 'test',
      modelSha256: 'a'.repeat(64),
      answers: Array.from({ length: count }, (_, i) => [['n00000000', `image ${tensors[i * imageBytes]}`, 0.5]]),
    };
  }

  blame(provider: string): void {
    this.blamed.push(provider);
  }

  async close(): Promise<RunCost> {
    this.closed++;
    return { glm: 0.25, invoices: 1, billsRefused: 0, refusals: [], leftOut: [] };
  }
}
