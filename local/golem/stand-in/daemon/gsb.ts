import { randomUUID } from 'node:crypto';
import { encode, toObject } from 'flatbuffers/js/flexbuffers.js';
import * as v from 'valibot';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../provider/clock.ts';
import type { Bus } from '../../provider/transfers.ts';
import { DaemonError } from './errors.ts';

/** The subprotocol that the requestor's socket asks for and this side must select. */
export const GSB_PROTOCOL = 'gsb+flexbuffers';

/** A requestor that cannot answer (its file is gone) says nothing, so the asking side must give up by itself. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Close codes of RFC 6455. */
const NORMAL_CLOSE = 1000;
const POLICY_CLOSE = 1008;
const BAD_FRAME_CLOSE = 1007;

interface Question {
  readonly frame: Uint8Array;
  readonly answer: (payload: unknown) => void;
  readonly fail: (error: Error) => void;
}

interface Service {
  readonly id: string;
  readonly on: string;
  readonly components: readonly string[];
  readonly questions: Map<string, Question>;
  socket: WebSocket | null;
}

/**
 * Services that requestors publish on the bus: each is an address (`/public/gftp/<uuid>`) that providers call and a WebSocket
 * by which the requestor answers. The SDK lets providers call before its socket is up, so calls wait for it.
 */
export class GsbServices implements Bus {
  readonly #clock: Clock;
  readonly #services = new Map<string, Service>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  bind(on: string, components: readonly string[]): { servicesId: string } {
    const id = Buffer.from(on).toString('base64url');
    if (this.#services.has(id)) throw new DaemonError('conflict', `the address ${on} is taken`);
    this.#services.set(id, { id, on, components, questions: new Map(), socket: null });
    return { servicesId: id };
  }

  unbind(id: string): void {
    const service = this.#services.get(id);
    if (!service) throw new DaemonError('notFound', `no service ${id}`);
    this.#services.delete(id);
    service.socket?.close(NORMAL_CLOSE, 'service deleted');
    for (const { fail } of service.questions.values()) fail(new Error(`the service ${service.on} was deleted`));
  }

  has(id: string): boolean {
    return this.#services.has(id);
  }

  /** Takes the requestor's socket; a second one of the same service replaces the first. */
  connect(id: string, socket: WebSocket): void {
    const service = this.#services.get(id);
    if (!service) {
      socket.close(POLICY_CLOSE, 'no such service');
      return;
    }
    service.socket?.close(POLICY_CLOSE, 'another socket took over');
    service.socket = socket;
    socket.on('message', (data) => this.#receive(service, socket, data));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (service.socket === socket) service.socket = null;
    });
    for (const { frame } of service.questions.values()) socket.send(frame);
  }

  call(address: string, component: string, payload: object, signal: AbortSignal): Promise<unknown> {
    const on = address.replace(/^\/net\/[^/]+/, '/public');
    const service = this.#services.get(Buffer.from(on).toString('base64url'));
    if (!service?.components.includes(component)) return Promise.reject(new Error(`endpoint address not found: ${on}`));
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const forget = (): void => {
        cancelTimeout();
        signal.removeEventListener('abort', abort);
        service.questions.delete(id);
      };
      const question: Question = {
        frame: encode({ id, component, payload }),
        answer: (answer) => {
          forget();
          resolve(answer);
        },
        fail: (error) => {
          forget();
          reject(error);
        },
      };
      const abort = (): void => question.fail(new Error('the transfer was aborted'));
      const cancelTimeout = this.#clock.after(ANSWER_TIMEOUT_MS, () =>
        question.fail(new Error(`no answer to ${component} within ${ANSWER_TIMEOUT_MS / 1000} s`)),
      );
      signal.addEventListener('abort', abort);
      service.questions.set(id, question);
      if (signal.aborted) return abort();
      service.socket?.send(question.frame);
    });
  }

  close(): void {
    for (const id of [...this.#services.keys()]) this.unbind(id);
  }

  #receive(service: Service, socket: WebSocket, data: RawData): void {
    const answer = readAnswer(data);
    if (answer === null) {
      socket.close(BAD_FRAME_CLOSE, 'a frame must be one flexbuffers map with id and payload');
      return;
    }
    const question = service.questions.get(answer.id);
    if (!question) return;
    if (answer.error !== undefined) question.fail(new Error(`the requestor answered ${JSON.stringify(answer.error)}`));
    else question.answer(answer.payload);
  }
}

const Answer = v.object({ id: v.string(), payload: v.optional(v.unknown()), error: v.optional(v.unknown()) });

function readAnswer(data: RawData): v.InferOutput<typeof Answer> | null {
  try {
    // The decoder reads its map from the end of the buffer, so it must get exactly the frame.
    const bytes = data instanceof ArrayBuffer ? Buffer.from(data) : Array.isArray(data) ? Buffer.concat(data) : data;
    return v.parse(Answer, toObject(new Uint8Array(bytes).buffer));
  } catch {
    return null;
  }
}
