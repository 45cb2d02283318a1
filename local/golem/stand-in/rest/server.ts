import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { LogEvent } from '../../options.ts';
import type { Clock } from '../../provider/clock.ts';
import { ApiError } from '../daemon/errors.ts';
import { GSB_PROTOCOL, type GsbServices } from '../daemon/gsb.ts';
import { GSB_SERVICES } from './calls/gsb.ts';
import type { Answer, Found, Router } from './router.ts';

export interface ServerSettings {
  readonly router: Router;
  readonly gsb: GsbServices;
  readonly appKey: string;
  readonly log: (event: LogEvent) => void;
}

/** Far over the largest frame (a chunk of 40 KiB) and the largest script. */
const MOST_FRAME_BYTES = 1 << 20;
const MOST_BODY_BYTES = 4 << 20;

/** Longer than the SDK's HTTP client keeps an idle connection, so that it never sends into one that is being closed. */
const KEEP_ALIVE_MS = 75_000;

/** The daemon's HTTP and WebSocket surface, on 127.0.0.1. */
export class GolemServer {
  readonly #settings: ServerSettings;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  #cancelReturn: (() => void) | undefined;

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
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, '127.0.0.1', resolve);
    });
    return (this.#http.address() as AddressInfo).port;
  }

  /** Nobody listens for so many ms; then it goes on at the same port. */
  suspend(ms: number, clock: Clock): void {
    if (this.#cancelReturn || !this.#http.listening) return;
    const { port } = this.#http.address() as AddressInfo;
    const stopped = this.#stop();
    this.#cancelReturn = clock.after(ms, () => {
      this.#cancelReturn = undefined;
      void stopped.then(() => this.#http.listen(port, '127.0.0.1'));
    });
  }

  async close(): Promise<void> {
    this.#cancelReturn?.();
    if (this.#http.listening) await this.#stop();
  }

  async #stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    try {
      const found = this.#settings.router.find(request.method ?? 'GET', url.pathname);
      if (!found.route.open) this.#checkKey(request, url);
      reply(response, await this.#dispatch(found, request, url, gone.signal));
    } catch (error) {
      reply(response, this.#refusal(request, url, error));
    }
  }

  /** Every call passes here. */
  async #dispatch({ route, params }: Found, request: IncomingMessage, url: URL, signal: AbortSignal): Promise<Answer> {
    const body = await readJson(request);
    return route.handle({ params, query: url.searchParams, accept: request.headers.accept ?? '', body, signal });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const id = url.pathname.startsWith(`${GSB_SERVICES}/`) ? url.pathname.slice(GSB_SERVICES.length + 1) : '';
    if (!this.#keyFits(request, url)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    } else if (!this.#settings.gsb.has(id)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#settings.gsb.connect(id, webSocket));
    }
  }

  #checkKey(request: IncomingMessage, url: URL): void {
    if (!this.#keyFits(request, url))
      throw new ApiError(401, 'the app key is missing or wrong: Authorization: Bearer <key>');
  }

  #keyFits(request: IncomingMessage, url: URL): boolean {
    const { appKey } = this.#settings;
    return request.headers.authorization === `Bearer ${appKey}` || url.searchParams.get('authToken') === appKey;
  }

  #refusal(request: IncomingMessage, url: URL, error: unknown): Answer {
    const status = error instanceof ApiError ? error.status : 500;
    const message = error instanceof Error ? error.message : String(error);
    this.#settings.log({ event: 'refused', method: request.method, path: url.pathname, status, message });
    return { status, json: { message } };
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MOST_BODY_BYTES) throw new ApiError(413, `a body takes at most ${MOST_BODY_BYTES} bytes`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'the body is not JSON');
  }
}

function reply(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  if ('stream' in answer) {
    answer.stream(response);
  } else if (answer.json === undefined) {
    response.writeHead(answer.status).end();
  } else {
    const { status, type = 'application/json' } = answer;
    response.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(answer.json));
  }
}
