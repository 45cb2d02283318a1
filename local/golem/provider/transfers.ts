import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { GsbServices } from '../stand-in/daemon/gsb.ts';

/** Bytes in one message of a file transfer. */
const CHUNK_BYTES = 40 * 1024;

/** The requestor's files are addressed by 32-bit numbers: larger ones turn into BigInt, which the SDK cannot add up. */
const MOST_BYTES = 2 ** 31 - 1;

const FileSize = v.pipe(v.union([v.number(), v.bigint()]), v.transform(Number), v.integer(), v.minValue(0));
const Metadata = v.object({ fileSize: v.pipe(FileSize, v.maxValue(MOST_BYTES)) });
const Chunk = v.object({ content: v.instance(Uint8Array) });

/** The bus address of a file's URL, or null when the URL is not of that kind. */
export function gsbAddress(url: string): string | null {
  const match = /^gftp:\/\/0x[0-9a-fA-F]{40}\/([\w-]+)$/.exec(url);
  return match ? `/public/gftp/${match[1]}` : null;
}

/** Copies the requestor's published file to `target`, one chunk after the other. */
export async function receive(gsb: GsbServices, address: string, target: string, signal: AbortSignal): Promise<void> {
  const { fileSize } = v.parse(Metadata, await gsb.call(address, 'GetMetadata', {}, signal));
  await mkdir(dirname(target), { recursive: true });
  const file = await open(target, 'w');
  try {
    for (let offset = 0; offset < fileSize; ) {
      const size = Math.min(CHUNK_BYTES, fileSize - offset);
      const { content } = v.parse(Chunk, await gsb.call(address, 'GetChunk', { offset, size }, signal));
      if (content.length !== size) throw new Error(`${content.length} bytes came where ${size} were asked for`);
      await file.write(content, 0, size, offset);
      offset += size;
    }
  } finally {
    await file.close();
  }
}

/** How a file goes out. */
export interface Sending {
  readonly signal: AbortSignal;
  /** Messages that may be under way at a time. */
  readonly inFlight: number;
}

/**
 * Copies `source` to the requestor. With more than one message in flight the SDK may write a wrong file, because it takes
 * them in the order in which they come, whatever their offset says.
 */
export async function send(
  gsb: GsbServices,
  address: string,
  source: string,
  { signal, inFlight }: Sending,
): Promise<void> {
  const file = await open(source, 'r');
  const hash = createHash('sha3-256');
  const underWay = new Set<Promise<unknown>>();
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (let offset = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) break;
      // A copy: the encoder sends the whole memory behind a view.
      const content = new Uint8Array(buffer.subarray(0, bytesRead));
      hash.update(content);
      const sent = gsb.call(address, 'UploadChunk', { chunk: { offset, content } }, signal);
      underWay.add(sent);
      sent.then(
        () => underWay.delete(sent),
        () => {},
      );
      if (underWay.size >= inFlight) await Promise.race(underWay);
      offset += bytesRead;
    }
    await Promise.all(underWay);
  } finally {
    await file.close();
  }
  await gsb.call(address, 'UploadFinished', { hash: hash.digest('hex') }, signal);
}
