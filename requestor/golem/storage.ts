import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { YagnaApi } from '@golem-sdk/golem-js';
import { encode, toReference } from 'flatbuffers/js/flexbuffers.js';
import { WebSocket } from 'ws';
import { maxAnswerBytes } from '../../core/answer.ts';
import { Inbox, type Message, Misuse, Outbox, type Transfer } from './transfer.ts';

/** A larger message of a provider is not read: real ones carry 40 KiB. */
export const maxFrameBytes = 256 * 1024;
/** Messages of one transfer that may wait for their turn: real providers have eight under way. */
const maxWaiting = 64;

/** Called with the file whose transfer a provider has misused. */
type OnMisuse = (file: string, misuse: Misuse) => void;

/**
 * The files that providers fetch and send, over the daemon's bus, in place of golem-js 3.6.0's own storage: that one ends the
 * process when a provider asks for what lies past the end of a file, or sends after it has finished, and it writes however
 * much comes. A transfer that is misused is closed, and reported.
 */
export class Storage {
  readonly #yagna: YagnaApi;
  readonly #onMisuse: OnMisuse;
  readonly #services = new Map<string, Service>();
  #isReady = false;

  constructor(yagna: YagnaApi, onMisuse: OnMisuse) {
    this.#yagna = yagna;
    this.#onMisuse = onMisuse;
  }

  async init(): Promise<void> {
    this.#isReady = true;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  async close(): Promise<void> {
    this.#isReady = false;
    await this.release([...this.#services.keys()]);
  }

  async publishFile(file: string): Promise<string> {
    const handle = await open(file, 'r');
    try {
      return await this.#serve(file, new Outbox(handle, (await handle.stat()).size));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async receiveFile(file: string): Promise<string> {
    const handle = await open(file, 'w');
    try {
      return await this.#serve(file, new Inbox(handle, maxAnswerBytes));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The SDK would hold what comes in memory, and crash on it. */
  async publishData(): Promise<string> {
    throw new Error('Only files are transferred.');
  }

  async receiveData(): Promise<string> {
    throw new Error('Only files are transferred.');
  }

  async release(urls: readonly string[]): Promise<void> {
    const services = urls.flatMap((url) => this.#services.get(url) ?? []);
    for (const url of urls) this.#services.delete(url);
    await Promise.allSettled(services.map((service) => service.close()));
  }

  /** The address under which providers reach the transfer. */
  async #serve(file: string, transfer: Transfer): Promise<string> {
    const { identity, gsb, yagnaOptions } = this.#yagna;
    const id = randomUUID();
    const url = `gftp://${(await identity.getIdentity()).identity}/${id}`;
    const listen = { on: `/public/gftp/${id}`, components: [...transfer.components] };
    // The client's types do not say that the answer holds it.
    const { servicesId } = (await gsb.bindServices({ listen })) as unknown as { servicesId: string };
    const endpoint = new URL(`/gsb-api/v1/services/${servicesId}`, yagnaOptions.basePath);
    endpoint.protocol = 'ws:';
    endpoint.searchParams.set('authToken', yagnaOptions.apiKey ?? '');
    const socket = new WebSocket(endpoint, ['gsb+flexbuffers'], {
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
    });
    const unbind = () => gsb.unbindServices(servicesId);
    const misused = (misuse: Misuse) => this.#onMisuse(file, misuse);
    this.#services.set(url, new Service(socket, transfer, { unbind, misused }));
    return url;
  }
}

interface ServiceEnds {
  unbind(): Promise<unknown>;
  misused(misuse: Misuse): void;
}

/** One transfer at its socket. Messages are answered one after another. */
class Service {
  readonly #socket: WebSocket;
  readonly #transfer: Transfer;
  readonly #ends: ServiceEnds;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closing: Promise<void> | undefined;

  constructor(socket: WebSocket, transfer: Transfer, ends: ServiceEnds) {
    this.#socket = socket;
    this.#transfer = transfer;
    this.#ends = ends;
    socket.binaryType = 'arraybuffer';
    socket.on('message', (data) => this.#take(data as ArrayBuffer));
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code !== 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return;
      this.#misused(new Misuse('provider_failed', `The provider sent a message of more than ${maxFrameBytes} bytes.`));
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([this.#ends.unbind(), this.#last]);
    this.#socket.terminate();
    // Nobody may wait for this, and a file that cannot be closed must not end the process.
    await this.#transfer.close().catch(() => {});
  }

  #take(data: ArrayBuffer): void {
    if (this.#closing) return;
    try {
      const message = readMessage(data);
      if (!this.#transfer.components.includes(message.component))
        throw new Misuse('provider_failed', 'The provider sent a message of an unknown kind.');
      this.#transfer.admit(message);
      if (++this.#waiting > maxWaiting)
        throw new Misuse('provider_failed', `The provider sent more than ${maxWaiting} messages at once.`);
      this.#last = this.#last.then(() => this.#answer(message)).catch((error) => this.#misused(error));
    } catch (error) {
      this.#misused(error);
    }
  }

  async #answer(message: Message & { readonly id: string }): Promise<void> {
    if (this.#closing) return;
    const payload = await this.#transfer.answer(message);
    this.#waiting--;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encode({ id: message.id, payload }));
  }

  #misused(error: unknown): void {
    if (this.#closing) return;
    this.#ends.misused(error instanceof Misuse ? error : unreadable(error));
    this.#socket.terminate();
    void this.close();
  }
}

/**
 * Reads a message of the bus. Its parts are looked up one by one, and never as a whole: a small message can refer to
 * the same part over and over, and unfold into gigabytes.
 * @throws Misuse when it has no id or component
 */
export function readMessage(data: ArrayBuffer): Message & { readonly id: string } {
  const payload = <T>(path: readonly string[], read: (value: Reference) => T) => at(data, ['payload', ...path], read);
  return {
    id: text(data, 'id'),
    component: text(data, 'component'),
    count(...path) {
      const value = payload(path, (part) => (part.isNumber() ? Number(part.numericValue() ?? 0) : Number.NaN));
      if (!Number.isSafeInteger(value) || value < 0)
        throw new Misuse('provider_failed', `The provider sent a message whose ${path.join('.')} is no count.`);
      return value;
    },
    bytes(...path) {
      const value = payload(path, (part) => part.blobValue());
      if (!value) throw new Misuse('provider_failed', `The provider sent a message without ${path.join('.')}.`);
      return value;
    },
  };
}

type Reference = ReturnType<typeof toReference>;

/** @throws Misuse when it is not there, or the message is damaged */
function at<T>(data: ArrayBuffer, path: readonly string[], read: (value: Reference) => T): T {
  try {
    // Maps are read by name; the types know vectors only.
    return read(path.reduce((map, key) => map.get(key as unknown as number), toReference(data)));
  } catch (error) {
    throw unreadable(error);
  }
}

function text(data: ArrayBuffer, key: string): string {
  const value = at(data, [key], (part) => part.stringValue());
  if (value === null) throw unreadable(`no ${key}`);
  return value;
}

function unreadable(cause: unknown): Misuse {
  return new Misuse('provider_failed', `The provider sent a message that cannot be read (${cause}).`.slice(0, 200));
}
