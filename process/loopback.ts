import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** With any port. A page whose own name has been made to lead to this machine (DNS rebinding) still sends that name. */
const own = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

export interface LoopbackOptions {
  /** Whether pages may call: then the server itself decides which. */
  readonly takesPages: boolean;
}

/**
 * Returns why a request to a port of this machine was made from elsewhere, in words; undefined when it was not. Every web
 * page that is visited on this machine can send requests to its ports; browsers name the page in `Origin`.
 */
export function foreign(
  { host = '', origin }: { readonly host?: string | undefined; readonly origin?: string | undefined },
  { takesPages }: LoopbackOptions,
): string | undefined {
  if (!own.test(host)) return `This port serves 127.0.0.1 and localhost, not '${host.slice(0, 100)}'.`;
  return takesPages || origin === undefined ? undefined : 'This port takes no requests of web pages.';
}

/** Has a server answer foreign requests and upgrades with 403, before its own listeners see them. */
export function refuseForeign(server: Server, options: LoopbackOptions): void {
  guard(server, 'request', ({ headers }, response: ServerResponse) => {
    const why = foreign(headers, options);
    if (why !== undefined) send403(response, why);
    return why === undefined;
  });
  guard(server, 'upgrade', ({ headers }, socket: Duplex) => {
    const isOwn = foreign(headers, options) === undefined;
    if (!isOwn) socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return isOwn;
  });
}

/** Puts a check before a server's listeners; one that has none gets none. */
function guard<Other>(server: Server, event: string, passes: (request: IncomingMessage, other: Other) => boolean) {
  const listeners = server.listeners(event) as ((...given: unknown[]) => void)[];
  if (listeners.length === 0) return;
  server.removeAllListeners(event);
  server.on(event, (request: IncomingMessage, other: Other, ...more: unknown[]) => {
    if (!passes(request, other)) return;
    for (const listener of listeners) listener.call(server, request, other, ...more);
  });
}

function send403(response: ServerResponse, message: string): void {
  // Closed, so that nothing of the body is waited for.
  const headers = { 'content-type': 'application/json', connection: 'close' };
  response.writeHead(403, headers).end(JSON.stringify({ message }));
}
