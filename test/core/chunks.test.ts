import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue, tensorBytes } from '../../core/catalogue.ts';
import { type Chunk, chunkLimits, divide, imagesPerChunk } from '../../core/chunks.ts';
import { newRequest, type PredictionRequest } from '../../core/request.ts';

const modelId = fc.constantFrom(...catalogue.map(({ id }) => id));
const requests = fc
  .array(fc.tuple(modelId, fc.constantFrom(0, 0, 0, 1, 2)), { maxLength: 120 })
  .map((all) => all.map(([model, attempts], at) => ({ ...newRequest(`id-${at}`, model, at), attempts })));
const limits = fc.record({ images: fc.integer({ min: 1, max: 20 }), bytes: fc.integer({ min: 1, max: 3_000_000 }) });

describe('divide', () => {
  it('puts each request into exactly one chunk', async () => {
    await fc.assert(
      fc.asyncProperty(requests, limits, async (pending, limit) => {
        const chunked = (await collect(divide(pending, limit))).flatMap((chunk) => chunk.requests);
        expect(ids(chunked).sort()).toEqual(ids(pending).sort());
      }),
    );
  });

  it('keeps one model a chunk, in its order, within the limits', async () => {
    await fc.assert(
      fc.asyncProperty(requests, limits, async (pending, limit) => {
        const lastOf = new Map<string, number>();
        for (const { model, requests: chunk } of await collect(divide(pending, limit))) {
          expect(chunk.length).toBeGreaterThan(0);
          expect(chunk.length).toBeLessThanOrEqual(limit.images);
          expect(chunk.length === 1 || chunk.length * tensorBytes(model) <= limit.bytes).toBe(true);
          for (const request of chunk) {
            expect(request.model).toBe(model.id);
            expect(request.attempts).toBe(chunk[0]?.attempts);
            const queue = `${model.id} ${request.attempts}`;
            expect(request.createdAt).toBeGreaterThan(lastOf.get(queue) ?? -1);
            lastOf.set(queue, request.createdAt);
          }
        }
      }),
    );
  });

  it('fills chunks before it opens another', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (pending) => {
        const chunks = await collect(divide(pending));
        for (const { id } of catalogue) {
          for (const attempts of [0, 1, 2]) {
            const alike = chunks.filter(({ model, requests }) => model.id === id && requests[0]?.attempts === attempts);
            const sizes = alike.map((chunk) => chunk.requests.length);
            expect(sizes.slice(0, -1).every((size) => size === imagesPerChunk(id, attempts))).toBe(true);
          }
        }
      }),
    );
  });

  it('refuses a request for a network that is not in the catalogue', async () => {
    const request = { ...newRequest('id', 'starter', 0), model: 'vgg11' as 'vgg16' };
    await expect(divide([request]).next()).rejects.toThrow(
      "A request names the model 'vgg11', which is not in the catalogue.",
    );
  });

  it('gives a chunk as soon as it is full, without reading on', async () => {
    let taken = 0;
    function* endless() {
      for (;;) yield newRequest(`id-${taken}`, 'vgg16', taken++);
    }
    const first = await divide(endless()).next();
    expect(first.value?.requests).toHaveLength(16);
    expect(taken).toBe(16);
  });
});

describe('imagesPerChunk', () => {
  it('is 16 for every network: sixteen images stay far below 64 MiB', () => {
    for (const { id } of catalogue) expect(imagesPerChunk(id)).toBe(16);
    expect(chunkLimits).toEqual({ images: 16, bytes: 67_108_864 });
  });

  it('goes down with each failed attempt, until a request is alone', () => {
    expect([0, 1, 2, 3].map((attempts) => imagesPerChunk('vgg16', attempts))).toEqual([16, 4, 1, 1]);
  });

  it('goes down with the bytes, but never below one', () => {
    expect(imagesPerChunk('nasnet_large', 0, { images: 16, bytes: 1_000_000 })).toBe(3);
    expect(imagesPerChunk('nasnet_large', 0, { images: 16, bytes: 1 })).toBe(1);
  });
});

const ids = (all: readonly PredictionRequest[]) => all.map(({ id }) => id);

async function collect(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}
