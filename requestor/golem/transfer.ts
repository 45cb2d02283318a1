import type { FileHandle } from 'node:fs/promises';

/** What no honest provider asks for or sends. */
export class Misuse extends Error {
  readonly code: 'provider_failed' | 'bad_answer';

  constructor(code: Misuse['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The components of a message that a provider sends, read where they are wanted, and not before they were checked. */
export interface Message {
  readonly component: string;
  /** A whole number, 0 or more. @throws Misuse when it is none */
  count(...path: readonly string[]): number;
  /** @throws Misuse when it is not there */
  bytes(...path: readonly string[]): Uint8Array;
}

/** One file on its way to or from a provider: what it answers to each message. */
export interface Transfer {
  /** Components that it answers. */
  readonly components: readonly string[];
  /** Counts what a message will cost. Called for each as it comes, before any waits for its turn. @throws Misuse */
  admit(message: Message): void;
  /** Called for one message after another. @throws Misuse */
  answer(message: Message): Promise<object | null>;
  close(): Promise<void>;
}

/** Bytes that one GetChunk may ask for; real providers ask for 40 KiB. */
const maxChunkBytes = 1024 * 1024;
/** How often a provider may read a file that it gets, all in all: broken transfers are repeated. */
const maxReads = 4;

/** A file for a provider. */
export class Outbox implements Transfer {
  readonly components = ['GetMetadata', 'GetChunk'];
  readonly #file: FileHandle;
  readonly #fileSize: number;
  #left: number;

  constructor(file: FileHandle, fileSize: number) {
    this.#file = file;
    this.#fileSize = fileSize;
    this.#left = maxReads * fileSize + maxChunkBytes;
  }

  admit(message: Message): void {
    if (message.component !== 'GetChunk') return;
    const { size } = this.#range(message);
    this.#left -= size;
    if (this.#left < 0) throw new Misuse('provider_failed', `The provider read its file more than ${maxReads} times.`);
  }

  async answer(message: Message): Promise<object> {
    if (message.component === 'GetMetadata') return { fileSize: this.#fileSize };
    const { offset, size } = this.#range(message);
    const content = new Uint8Array(size);
    await this.#file.read(content, 0, size, offset);
    return { content, offset };
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #range(message: Message): { offset: number; size: number } {
    const offset = message.count('offset');
    const asked = message.count('size');
    if (offset > this.#fileSize)
      throw new Misuse(
        'provider_failed',
        `The provider asked for byte ${offset} of a file of ${this.#fileSize} bytes.`,
      );
    if (asked > maxChunkBytes) throw new Misuse('provider_failed', `The provider asked for ${asked} bytes at once.`);
    return { offset, size: Math.min(asked, this.#fileSize - offset) };
  }
}

/** A file from a provider. Its bytes may come in any order. */
export class Inbox implements Transfer {
  readonly components = ['UploadChunk', 'UploadFinished'];
  readonly #file: FileHandle;
  readonly #most: number;
  #left: number;
  #isFinished = false;

  /** @param most bytes that the file may have */
  constructor(file: FileHandle, most: number) {
    this.#file = file;
    this.#most = most;
    this.#left = maxReads * most;
  }

  admit(message: Message): void {
    if (this.#isFinished)
      throw new Misuse('provider_failed', 'The provider went on to send after the end of its answer.');
    if (message.component === 'UploadFinished') {
      this.#isFinished = true;
      return;
    }
    const offset = message.count('chunk', 'offset');
    const { length } = message.bytes('chunk', 'content');
    this.#left -= length;
    if (offset + length > this.#most || this.#left < 0)
      throw new Misuse('bad_answer', `The provider's answer was refused: it is larger than ${this.#most} bytes.`);
  }

  async answer(message: Message): Promise<null> {
    if (message.component === 'UploadFinished') {
      await this.#file.close();
      return null;
    }
    const content = message.bytes('chunk', 'content');
    await this.#file.write(content, 0, content.length, message.count('chunk', 'offset'));
    return null;
  }

  /** Once more than needed does no harm. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
