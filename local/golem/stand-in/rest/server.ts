import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { CALLS, type CallName, CallTable } from '../../calls.ts';
import { hasKey, KEEP_ALIVE_MS, listen, MOST_BODY_BYTES, readBody, sendJson, stop, targetOf } from '../../http.ts';
import type { LogEvent } from '../agent.ts';
import { GSB_PROTOCOL, type GsbServices } from '../daemon/gsb.ts';
import type { Handlers, Reply } from './call.ts';
import { refusal } from './errors.ts';

export interface ServerSettings {
  readonly handlers: Handlers<CallName>;
  readonly gsb: GsbServices;
  readonly appKey: string;
  readonly log: (event: LogEvent) => void;
}

/** Far over the largest frame, a chunk of 40 KiB. */
const MOST_FRAME_BYTES = 1 << 20;

/** The daemon's HTTP and WebSocket surface, on 127.0.0.1. */
export class DaemonServer {
  readonly #settings: ServerSettings;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #calls = new CallTable(CALLS);

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#http = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => void this.#serve(request, response),
    );
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MOST_FRAME_BYTES,
      handleProtocols: (offered) => (offered.has(GSB_PROTOCOL) ? GSB_PROTOCOL : false),
    });
  }

  /** Gives the port that was taken. */
  listen(port: number): Promise<number> {
    return listen(this.#http, port);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    await stop(this.#http);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { path } = targetOf(request);
    const refuse = (status: number, message: string): void => {
      this.#settings.log({ event: 'refused', method: request.method, path, status, message });
      sendJson(response, status, { message });
    };
    try {
      const call = isEncoded(path) ? this.#calls.find(request.method ?? 'GET', path) : undefined;
      if (!call) return refuse(400, 'the path is not well encoded');
      if (!('name' in call)) return refuse(...unknownCall(request.method, path, call));
      if (call.name !== 'getVersion' && !hasKey(request, this.#settings.appKey)) return refuse(401, WRONG_KEY);
      const text = await readBody(request);
      if (!text) return refuse(413, `a body takes at most ${MOST_BODY_BYTES} bytes`);
      const body = parsed(text.toString());
      if (body === NOT_JSON) return refuse(400, 'the body is not JSON');
      const { query } = targetOf(request);
      const accept = request.headers.accept ?? '';
      const handle = this.#settings.handlers[call.name];
      send(response, await handle({ params: call.params, query, accept, body, signal: gone.signal }));
    } catch (error) {
      const { status, message } = refusal(error);
      refuse(status, message);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { gsb, appKey } = this.#settings;
    socket.on('error', () => socket.destroy());
    const call = this.#calls.find('GET', targetOf(request).path);
    const id = 'name' in call && call.name === 'connectService' ? call.params.service : undefined;
    if (!hasKey(request, appKey)) refuseUpgrade(socket, '401 Unauthorized');
    else if (id === undefined || !gsb.has(id)) refuseUpgrade(socket, '404 Not Found');
    else this.#sockets.handleUpgrade(request, socket, head, (webSocket) => gsb.connect(id, webSocket));
  }
}

const WRONG_KEY = 'the app key is missing or wrong: Authorization: Bearer <key>';

const NOT_JSON = Symbol('not JSON');

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function isEncoded(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function unknownCall(method: string | undefined, path: string, methods: readonly string[]): [number, string] {
  return methods.length === 0
    ? [404, `no such path: ${path}`]
    : [405, `${path} takes ${methods.join(', ')}, not ${method}`];
}

function send(response: ServerResponse, reply: Reply): void {
  if (response.destroyed) return;
  if ('stream' in reply) reply.stream(response);
  else sendJson(response, reply.status, reply.json);
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
