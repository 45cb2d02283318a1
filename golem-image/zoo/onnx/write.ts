import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { EncodedModel } from './encode.ts';

/** The whole file in memory; for networks of test size. */
export function toBytes(model: EncodedModel): Uint8Array {
  const bytes = new Uint8Array(model.bytes);
  let offset = 0;
  for (const piece of model.pieces()) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/**
 * Writes the file piece by piece beside `path` and then renames it, so what stands at `path` is always whole.
 * @returns SHA-256 (hex) and size of the file.
 */
export async function writeModel(model: EncodedModel, path: string): Promise<{ sha256: string; bytes: number }> {
  const part = `${path}.part`;
  const hash = createHash('sha256');
  try {
    const file = await open(part, 'w');
    try {
      for (const piece of model.pieces()) {
        hash.update(piece);
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return { sha256: hash.digest('hex'), bytes: model.bytes };
}
