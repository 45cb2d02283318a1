import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { Volumes } from './volumes.ts';

/** How a provider calls what requestors publish: by the daemon's REST and WebSocket, or by its bus. */
export interface Bus {
  /**
   * Asks a component, e.g. GetChunk, of the service at an address and gives the payload of its answer.
   * @param address `/net/<node>/gftp/<id>`
   */
  call(address: string, component: string, payload: object, signal: AbortSignal): Promise<unknown>;
}

/** How files leave a provider. */
export interface Outgoing {
  read(path: string): Promise<Uint8Array>;
  /** Messages of a download that may be under way at a time. */
  inFlight(): number;
}

/** As they are, and in order: with more than one message in flight the SDK may write a wrong file. */
export const asTheyAre: Outgoing = { read: (path) => readFile(path), inFlight: () => 1 };

/** Bytes in one message of a file transfer. */
const CHUNK_BYTES = 40 * 1024;

/** The requestor's files are addressed by 32-bit numbers: larger ones turn into BigInt, which the SDK cannot add up. */
const MOST_BYTES = 2 ** 31 - 1;

const FileSize = v.pipe(v.union([v.number(), v.bigint()]), v.transform(Number), v.integer(), v.minValue(0));
const Metadata = v.object({ fileSize: v.pipe(FileSize, v.maxValue(MOST_BYTES)) });
const Chunk = v.object({ content: v.instance(Uint8Array) });

/** Whether a transfer ends at the requestor's file (`download`) or begins there; neither when both ends are the provider's. */
export function directionOf({ from, to }: { readonly from: string; readonly to: string }) {
  if (gftpAddress(from)) return 'upload';
  return gftpAddress(to) ? 'download' : undefined;
}

/** Copies files between an activity's volume and the requestor. */
export class Transfers {
  readonly #bus: Bus;
  readonly #volumes: Volumes;
  readonly #outgoing: Outgoing;

  constructor(bus: Bus, volumes: Volumes, outgoing: Outgoing) {
    this.#bus = bus;
    this.#volumes = volumes;
    this.#outgoing = outgoing;
  }

  async copy({ from, to }: { readonly from: string; readonly to: string }, signal: AbortSignal): Promise<void> {
    const [source, target] = [gftpAddress(from), gftpAddress(to)];
    if (source) await this.#receive(source, this.#volumes.hostPath(to), signal);
    else if (target) await this.#send(target, await this.#volumes.existing(from), signal);
    else throw new Error(`unsupported transfer from ${from} to ${to}: one end must be gftp`);
  }

  async #receive(address: string, path: string, signal: AbortSignal): Promise<void> {
    const { fileSize } = v.parse(Metadata, await this.#bus.call(address, 'GetMetadata', {}, signal));
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'w');
    try {
      for (let offset = 0; offset < fileSize; ) {
        const size = Math.min(CHUNK_BYTES, fileSize - offset);
        const { content } = v.parse(Chunk, await this.#bus.call(address, 'GetChunk', { offset, size }, signal));
        if (content.length !== size) throw new Error(`${content.length} bytes came where ${size} were asked for`);
        await file.write(content, 0, size, offset);
        offset += size;
      }
    } finally {
      await file.close();
    }
  }

  async #send(address: string, path: string, signal: AbortSignal): Promise<void> {
    const file = await this.#outgoing.read(path);
    const inFlight = this.#outgoing.inFlight();
    const underWay = new Set<Promise<unknown>>();
    for (let offset = 0; offset < file.length; offset += CHUNK_BYTES) {
      // A copy: the encoder sends the whole memory behind a view.
      const content = Uint8Array.from(file.subarray(offset, offset + CHUNK_BYTES));
      const sent = this.#bus.call(address, 'UploadChunk', { chunk: { offset, content } }, signal);
      underWay.add(sent);
      sent.then(
        () => underWay.delete(sent),
        () => {},
      );
      if (underWay.size >= inFlight) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    const hash = createHash('sha3-256').update(file).digest('hex');
    await this.#bus.call(address, 'UploadFinished', { hash }, signal);
  }
}

/** The bus address of a requestor's file, or null when the URL is not of that kind. */
function gftpAddress(url: string): string | null {
  const match = /^gftp:\/\/(0x[0-9a-fA-F]{40})\/([\w-]+)$/.exec(url);
  return match ? `/net/${match[1]}/gftp/${match[2]}` : null;
}
