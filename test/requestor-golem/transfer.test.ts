import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { YagnaApi } from '@golem-sdk/golem-js';
import fc from 'fast-check';
import { encode, toObject } from 'flatbuffers/js/flexbuffers.js';
import { describe, expect, it, type TestContext } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { maxAnswerBytes } from '../../core/answer.ts';
import { temporaryFolder } from '../../process/temporary-folder.ts';
import { maxFrameBytes, readMessage, Storage } from '../../requestor/golem/storage.ts';
import { Inbox, type Message, Misuse, Outbox } from '../../requestor/golem/transfer.ts';

const frame = (message: object) => Uint8Array.from(encode(message)).buffer as ArrayBuffer;
const message = (component: string, payload: object = {}): Message =>
  readMessage(frame({ id: '1', component, payload }));
const chunk = (offset: unknown, length: number) => ({ chunk: { offset, content: new Uint8Array(length) } });

/** Bytes that were read and written, of a file that is none. */
class CountedFile {
  read = async (_: unknown, _from: number, size: number) => {
    this.bytes += size;
  };
  write = this.read;
  close = async () => {};
  bytes = 0;
}
const counted = () => {
  const file = new CountedFile();
  return { file, handle: file as unknown as ConstructorParameters<typeof Inbox>[0] };
};

/** What a hostile provider might say. */
const number = fc.oneof(
  fc.integer(),
  fc.nat(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, 40_000, 2 ** 31, 2 ** 40, -1),
  fc.string(),
  fc.constant(null),
);
const said = fc.record({
  component: fc.constantFrom('GetMetadata', 'GetChunk', 'UploadChunk', 'UploadFinished'),
  payload: fc.record(
    {
      offset: number,
      size: number,
      chunk: fc.record(
        { offset: number, content: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.string()) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  ),
});

describe('a transfer', () => {
  it('answers any message, or throws a misuse, and nothing grows beyond its bounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 20 }), fc.nat(100_000), async (messages, size) => {
        for (const make of [Inbox, Outbox]) {
          const { file, handle } = counted();
          const transfer = new make(handle, size);
          try {
            for (const { component, payload } of messages) {
              if (!transfer.components.includes(component)) continue;
              transfer.admit(message(component, payload));
              const answer = await transfer.answer(message(component, payload));
              expect((answer as { content?: Uint8Array } | null)?.content?.length ?? 0).toBeLessThanOrEqual(size);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(Misuse);
          }
          expect(file.bytes).toBeLessThanOrEqual(4 * size + 2 ** 20);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads any bytes as a message, or throws a misuse', () => {
    const honest = frame({ id: '1', component: 'UploadChunk', payload: chunk(0, 100) });
    const damaged = fc.array(fc.tuple(fc.nat(honest.byteLength - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
      const bytes = new Uint8Array(honest.slice(0));
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        try {
          const read = readMessage(Uint8Array.from(bytes).buffer);
          read.count('offset');
          read.count('chunk', 'offset');
          read.bytes('chunk', 'content');
        } catch (error) {
          expect(error).toBeInstanceOf(Misuse);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['past the end', 'GetChunk', { offset: 101, size: 1 }],
    ['far past the end', 'GetChunk', { offset: 2 ** 53, size: 1 }],
    ['before the beginning', 'GetChunk', { offset: -1, size: 1 }],
    ['no number of bytes', 'GetChunk', { offset: 0, size: 'all' }],
    ['more than anybody needs', 'GetChunk', { offset: 0, size: 2 ** 30 }],
  ])('gives nothing of what lies %s', async (_, component, payload) => {
    expect(() => new Outbox(counted().handle, 100).admit(message(component, payload))).toThrow(Misuse);
  });

  it('gives a file at its end, a few times over, but not without end', () => {
    const outbox = new Outbox(counted().handle, 40_000);
    outbox.admit(message('GetChunk', { offset: 40_000, size: 10 }));
    const read = () => outbox.admit(message('GetChunk', { offset: 0, size: 40_000 }));
    for (let i = 0; i < 4; i++) read();
    expect(() => {
      for (let i = 0; i < 40; i++) read();
    }).toThrow('read its file more than 4 times');
  });

  it('takes an answer in any order, no byte beyond the largest one, and none after its end', () => {
    const inbox = new Inbox(counted().handle, 100);
    for (const offset of [60, 0]) inbox.admit(message('UploadChunk', chunk(offset, 40)));
    expect(() => inbox.admit(message('UploadChunk', chunk(61, 40)))).toThrow('larger than 100 bytes');
    inbox.admit(message('UploadFinished', { hash: '' }));
    expect(() => inbox.admit(message('UploadChunk', chunk(0, 1)))).toThrow('after the end');
    expect(() => inbox.admit(message('UploadFinished'))).toThrow('after the end');
  });
});

describe('a storage', () => {
  it('gives and takes files byte for byte, with eight messages under way', async (context) => {
    const { storage, file, connected, misuses } = await started(context);
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    await writeFile(file('chunk'), bytes);
    const there = await connected(await storage.publishFile(file('chunk')));
    expect(await there.call('GetMetadata', {})).toEqual({ fileSize: 100_000 });
    const got = await Promise.all(
      [0, 40_960, 81_920].map((offset) => there.call('GetChunk', { offset, size: 40_960 })),
    );
    expect(Buffer.concat(got.map((part) => (part as { content: Uint8Array }).content)).equals(bytes)).toBe(true);

    const back = await connected(await storage.receiveFile(file('answer')));
    const answer = bytes.slice(0, maxAnswerBytes);
    const parts = Array.from({ length: 8 }, (_, i) => ({
      offset: i * 5000,
      content: answer.slice(i * 5000, i * 5000 + 5000),
    }));
    await Promise.all(parts.reverse().map((part) => back.call('UploadChunk', { chunk: part })));
    await back.call('UploadFinished', { hash: 'x' });
    expect((await readFile(file('answer'))).equals(answer)).toBe(true);
    expect(misuses).toEqual([]);
  });

  it('cuts off an answer while it arrives, and keeps no more of it than an answer may have', async (context) => {
    const { storage, file, connected, misuses } = await started(context);
    const { socket, closed } = await connected(await storage.receiveFile(file('answer')));
    const part = frame({ id: '1', component: 'UploadChunk', payload: chunk(0, 40_000) });
    for (let i = 0; i < 5000; i++) socket.send(part);
    const sent = await closed;
    expect(misuses).toEqual([['answer', 'bad_answer', expect.stringContaining('larger than 40000 bytes')]]);
    expect((await stat(file('answer'))).size).toBeLessThanOrEqual(maxAnswerBytes);
    // The rest never left: it is with the sender, or in the buffers of the connection.
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan((5000 * 40_000) / 4);
  });

  it('does not read a message of megabytes', async (context) => {
    const { storage, file, connected, misuses } = await started(context);
    const { socket, closed } = await connected(await storage.receiveFile(file('answer')));
    socket.send(new Uint8Array(64 * maxFrameBytes));
    await closed;
    expect(misuses).toEqual([['answer', 'provider_failed', expect.stringContaining('a message of more than')]]);
  });

  it('does not take on more questions than it can answer', async (context) => {
    const { storage, file, connected, misuses } = await started(context);
    await writeFile(file('chunk'), new Uint8Array(1_000_000));
    const { socket, closed } = await connected(await storage.publishFile(file('chunk')));
    for (let i = 0; i < 10_000; i++)
      socket.send(frame({ id: `${i}`, component: 'GetChunk', payload: { offset: 0, size: 1 } }));
    await closed;
    expect(misuses).toEqual([['chunk', 'provider_failed', expect.stringContaining('messages at once')]]);
  });

  for (const [what, data] of [
    ['bytes', new Uint8Array([1, 2, 3])],
    ['text', 'hello'],
    ['a map', frame({ id: 1 })],
  ] as const) {
    it(`takes ${what} that is no message for what it is`, async (context) => {
      const { storage, file, connected, misuses } = await started(context);
      const { socket, closed } = await connected(await storage.receiveFile(file('answer')));
      socket.send(data);
      await closed;
      expect(misuses).toEqual([['answer', 'provider_failed', expect.stringContaining('cannot be read')]]);
    });
  }
});

/** A storage at a bus of its own. */
async function started({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const folder = await temporaryFolder('mlg-transfer-');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const yagna = {
    yagnaOptions: { basePath: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'key' },
    identity: { getIdentity: async () => ({ identity: '0xme' }) },
    gsb: { bindServices: async () => ({ servicesId: 'service' }), unbindServices: async () => {} },
  };
  const misuses: unknown[] = [];
  const storage = new Storage(yagna as unknown as YagnaApi, (file, { code, message }) =>
    misuses.push([path.basename(file), code, message]),
  );
  await storage.init();
  const sockets: Promise<WebSocket>[] = [];
  const next = () => sockets.push(once(server, 'connection').then(([socket]) => socket as WebSocket));
  next();
  onTestFinished(async () => {
    await storage.close();
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
    await folder.remove();
  });
  return {
    storage,
    misuses,
    file: (name: string) => path.join(folder.path, name),
    async connected(url: string) {
      expect(url).toMatch(/^gftp:\/\/0xme\/[0-9a-f-]{36}$/);
      const socket = (await sockets.at(-1)) as WebSocket;
      next();
      return new Provider(socket);
    },
  };
}

/** The other end of a transfer. */
class Provider {
  readonly socket: WebSocket;
  /** Bytes that have left when the connection ends. */
  readonly closed: Promise<number>;
  readonly #questions = new Map<string, (payload: unknown) => void>();
  #asked = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = once(socket, 'close').then(() => sentBy(socket));
    socket.binaryType = 'arraybuffer';
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const { id, payload } = toObject(data as ArrayBuffer) as { id: string; payload: unknown };
      this.#questions.get(id)?.(payload);
    });
  }

  call(component: string, payload: object): Promise<unknown> {
    const id = `${++this.#asked}`;
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      this.socket.send(frame({ id, component, payload }));
    });
  }
}

/** What the system has taken from it. */
function sentBy(socket: WebSocket): number {
  const { _socket } = socket as unknown as { _socket?: { bytesWritten: number; writableLength: number } };
  if (!_socket) throw new Error('The connection is gone without a trace.');
  return _socket.bytesWritten - _socket.writableLength;
}
