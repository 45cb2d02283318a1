// An HTTP proxy in front of a daemon, at which the faults of the daemon's calls strike.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CALLS, CallTable, type FoundCall } from '../calls.ts';
import { KEEP_ALIVE_MS, listen, MOST_BODY_BYTES, readBody, sendJson, stop, targetOf } from '../http.ts';
import type { Clock } from '../provider/clock.ts';
import type { Faults, Strike } from './plan.ts';

export interface ProxySettings {
  /** The daemon's port on 127.0.0.1. */
  readonly daemon: number;
  readonly faults: Faults;
  readonly clock: Clock;
  /** The name of the provider that a call is about; null when it is about none. */
  readonly providerOf: (call: FoundCall, body: unknown) => string | null;
  /** Answers what is not the daemon's; false for what is. */
  readonly intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly watch: Watch;
}

/** Sees what goes through. */
export interface Watch {
  answered(call: FoundCall, body: unknown, status: number): void;
  /** The sockets that are open through the proxy. */
  sockets(open: number): void;
}

interface Refusal {
  readonly status: number;
  readonly json: object;
  readonly type?: string;
}

export class FaultyProxy {
  readonly #settings: ProxySettings;
  readonly #calls = new CallTable(CALLS);
  readonly #agent = new Agent({ keepAlive: true });
  readonly #http = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void this.#serve(request, response).catch(() => response.destroy()),
  );
  /** Upgraded connections, and whether the daemon has taken them. */
  readonly #tunnels = new Map<Duplex, boolean>();
  #port = 0;
  #cancelReturn: (() => void) | undefined;

  constructor(settings: ProxySettings) {
    this.#settings = settings;
    this.#http.on('upgrade', (request, socket, head) => this.#tunnel(request, socket, head));
  }

  /** Gives the port that was taken. */
  async listen(port: number): Promise<number> {
    this.#port = await listen(this.#http, port);
    return this.#port;
  }

  async close(): Promise<void> {
    this.#cancelReturn?.();
    if (this.#http.listening) await this.#stop();
    this.#agent.destroy();
  }

  /** Nobody listens for so many ms; then it goes on at the same port. */
  #suspend(ms: number): void {
    if (this.#cancelReturn || !this.#http.listening) return;
    const stopped = this.#stop();
    this.#cancelReturn = this.#settings.clock.after(ms, () => {
      this.#cancelReturn = undefined;
      void stopped.then(() => listen(this.#http, this.#port));
    });
  }

  async #stop(): Promise<void> {
    for (const socket of this.#tunnels.keys()) socket.destroy();
    await stop(this.#http);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#settings.intercept(request, response)) return;
    const body = await readBody(request);
    if (!body) return sendJson(response, 413, { message: `a body takes at most ${MOST_BODY_BYTES} bytes` });
    const found = this.#calls.find(request.method ?? 'GET', targetOf(request).path);
    if (!('name' in found)) return giveBack(await this.#ask(request, response, body), response);
    const json = asJson(body);
    const provider = this.#settings.providerOf(found, json);
    const strikes = (fault: string) => this.#settings.faults.strikes(fault, provider, found.name);
    const gone = strikes('daemon-gone');
    if (gone) return this.#suspend(gone.seconds * 1000);
    const refusal = refusalOf(found, strikes);
    if (refusal) return sendJson(response, refusal.status, refusal.json, refusal.type);
    const answer = await this.#ask(request, response, body);
    this.#settings.watch.answered(found, json, answer.statusCode ?? 0);
    const slow = strikes('call-slow');
    if (slow) await new Promise<void>((resolve) => void this.#settings.clock.after(slow.seconds * 1000, resolve));
    await giveBack(answer, response);
  }

  /** The daemon's answer to the call. When the one who called leaves, it is gone for the daemon too. */
  #ask({ method, url, headers }: IncomingMessage, response: ServerResponse, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const to = { host: '127.0.0.1', port: this.#settings.daemon, agent: this.#agent };
      const { 'transfer-encoding': _, connection: __, ...rest } = headers;
      const length = body.length > 0 ? { 'content-length': body.length } : {};
      const upstream = httpRequest({ ...to, method, path: url, headers: { ...rest, ...length } }, (answer) => {
        answer.on('error', () => {});
        resolve(answer);
      });
      upstream.on('error', reject);
      response.once('close', () => upstream.destroy());
      upstream.end(body);
    });
  }

  /** A WebSocket goes through as it is. */
  #tunnel({ method, url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upstream = connect(this.#settings.daemon, '127.0.0.1');
    const lines = Array.from(
      { length: rawHeaders.length / 2 },
      (_, i) => `${rawHeaders[2 * i]}: ${rawHeaders[2 * i + 1]}`,
    );
    upstream.write(`${[`${method} ${url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    this.#tunnels.set(socket, false);
    upstream.once('data', (answer: Buffer) => {
      if (!socket.destroyed) this.#tunnels.set(socket, answer.subarray(0, 12).toString().endsWith(' 101'));
      this.#countSockets();
    });
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.pipe(other);
      one.on('error', () => one.destroy());
      one.once('close', () => other.destroy());
    }
    socket.once('close', () => {
      this.#tunnels.delete(socket);
      this.#countSockets();
    });
  }

  #countSockets(): void {
    this.#settings.watch.sockets([...this.#tunnels.values()].filter((open) => open).length);
  }
}

async function giveBack(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  if (response.destroyed) {
    answer.destroy();
    return;
  }
  const { connection: _, 'keep-alive': __, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, headers);
  response.flushHeaders();
  await pipeline(answer, response);
}

/** What the fault that strikes at this call makes the daemon answer, without doing anything. */
function refusalOf({ name }: FoundCall, strikes: (fault: string) => Strike | undefined): Refusal | undefined {
  const failing = strikes('call-fails');
  if (failing) return { status: failing.status, json: { message: `a fault of the rules struck at ${name}` } };
  if (name === 'createActivity' && strikes('activity-refused')) return { status: 408, json: { message: 'Timeout' } };
  const refused = name === 'acceptInvoice' ? strikes('accept-refused') : undefined;
  if (refused) return { status: refused.status, json: { message: 'Not enough funds. Allocated: 0 Needed: 1' } };
  return name === 'createAllocation' && strikes('insufficient-funds') ? INSUFFICIENT_FUNDS : undefined;
}

const INSUFFICIENT_FUNDS: Refusal = {
  status: 400,
  json: {
    type: '/payment/allocation/insufficient-funds',
    title: 'Not enough funds to make allocation',
    detail:
      'Insufficient funds to make allocation. Top up your account or release all existing allocations to unlock the funds.',
    instance: '/payment-api/v1/allocations',
    requestedFunds: '1',
    availableFunds: '0',
  },
  type: 'application/problem+json',
};

/** Undefined for what is none: the daemon will refuse it. */
function asJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
