import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Objects } from '../../core/ports.ts';
import type { Backend } from '../support/backends.ts';
import { newId } from '../support/ids.ts';

/** What every implementation of Objects must do. */
export function objectsContract(name: string, backend: () => Promise<Backend<Objects>>): void {
  describe(`${name} as Objects`, () => {
    let source: Backend<Objects>;
    let objects: Objects;
    const key = () => `tensors/${newId()}`;

    beforeAll(async () => {
      source = await backend();
      objects = await source.open();
    }, 60_000);
    afterAll(() => source?.close());

    it('gives back the bytes', async () => {
      const at = key();
      const bytes = Uint8Array.from({ length: 150_528 }, (_, i) => (i * 31) % 256);
      await objects.put(at, bytes, 'application/octet-stream');
      expect(Buffer.compare((await objects.get(at)) ?? new Uint8Array(), bytes)).toBe(0);
    });

    it('keeps an empty object apart from none', async () => {
      const at = key();
      expect(await objects.get(at)).toBeUndefined();
      await objects.put(at, new Uint8Array(), 'application/octet-stream');
      expect(await objects.get(at)).toHaveLength(0);
    });

    it('gives the last of several writes', async () => {
      const at = key();
      await objects.put(at, Uint8Array.of(1), 'application/octet-stream');
      await objects.put(at, Uint8Array.of(2, 3), 'application/octet-stream');
      expect([...((await objects.get(at)) ?? [])]).toEqual([2, 3]);
    });

    it('deletes, also what is not there', async () => {
      const at = key();
      await objects.put(at, Uint8Array.of(1), 'application/octet-stream');
      await objects.delete(at);
      await objects.delete(at);
      expect(await objects.get(at)).toBeUndefined();
    });
  });
}
