import type { Bus } from '../provider/transfers.ts';
import type { Strikes } from './plan.ts';

/** Bytes in one message of a file transfer. */
const CHUNK_BYTES = 40 * 1024;
/** What `endless-answer` sends at most, and `huge-message` at once. */
const ENDLESS_BYTES = 64 * 1024 * 1024;
const HUGE_BYTES = 8 * 1024 * 1024;

/** A provider whose messages to a requestor's files may be hostile. Those that it adds are answered or not: it does not care. */
export class FaultyBus implements Bus {
  readonly #honest: Bus;
  readonly #strikes: Strikes;

  constructor(honest: Bus, strikes: Strikes) {
    this.#honest = honest;
    this.#strikes = strikes;
  }

  async call(address: string, component: string, payload: object, signal: AbortSignal): Promise<unknown> {
    const add = (kind: string, message: object) => this.#honest.call(address, kind, message, signal).catch(() => {});
    const chunk = (offset: number, bytes: number) => ({ chunk: { offset, content: new Uint8Array(bytes) } });
    if (component === 'GetChunk' && this.#strikes('read-past-end')) {
      void add('GetChunk', { offset: 2 ** 40, size: CHUNK_BYTES });
    }
    if (component === 'UploadChunk' && this.#strikes('huge-message')) void add('UploadChunk', chunk(0, HUGE_BYTES));
    if (component === 'UploadChunk' && this.#strikes('endless-answer')) {
      for (let offset = 0; offset < ENDLESS_BYTES; offset += CHUNK_BYTES) {
        await this.#honest.call(address, component, chunk(offset, CHUNK_BYTES), signal);
      }
    }
    const answer = await this.#honest.call(address, component, payload, signal);
    if (component === 'UploadFinished' && this.#strikes('write-after-end')) void add('UploadChunk', chunk(0, 1));
    return answer;
  }
}
