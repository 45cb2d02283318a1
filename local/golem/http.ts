import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseForeign } from '../../process/loopback.ts';

/** Longer than the SDK's HTTP client keeps an idle connection, so that it never sends into one that is being closed. */
export const KEEP_ALIVE_MS = 75_000;

/** Far over the largest script. */
export const MOST_BODY_BYTES = 4 << 20;

/** Path and query of a request. Any text that a client may send has both, also one that is no URL, such as `//`. */
export function targetOf({ url = '/' }: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const at = url.indexOf('?');
  return at < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) };
}

/** The whole body; undefined when it is larger than `MOST_BODY_BYTES`. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export function hasKey(request: IncomingMessage, appKey: string): boolean {
  const { headers } = request;
  return headers.authorization === `Bearer ${appKey}` || targetOf(request).query.get('authToken') === appKey;
}

/** An answer of so many bytes, or none when `value` is undefined. */
export function sendJson(response: ServerResponse, status: number, value: unknown, type = 'application/json'): void {
  if (response.destroyed) return;
  if (value === undefined) response.writeHead(status).end();
  else response.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(value));
}

/** Listens on 127.0.0.1, refuses what is sent from elsewhere, and gives the port that was taken. */
export async function listen(server: Server, port: number): Promise<number> {
  refuseForeign(server, { takesPages: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** Ends every connection; those that were upgraded are their owner's to end. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
