import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FileServer {
  /** Ends in a slash. */
  readonly url: string;
  /** The `range` header of each request so far; undefined where there was none. */
  readonly ranges: (string | undefined)[];
  /** Breaks off all connections. */
  cut(): void;
}

export interface Behaviour {
  /** Sends this many bytes of each answer and then, if there are more, nothing until it is cut. */
  readonly stallAfter?: number;
  /** Breaks the connection off in place of an answer's body. */
  readonly cutsBodies?: boolean;
  readonly ignoresRanges?: boolean;
  /** Answers with this status and no file. */
  readonly status?: number;
}

/** Serves one file under every path, on a loopback port, until the test has finished. */
export async function serveFile(content: Uint8Array, behaviour: Behaviour = {}): Promise<FileServer> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, content, behaviour);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ranges,
    cut: () => server.closeAllConnections(),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, content: Uint8Array, behaviour: Behaviour): void {
  const { stallAfter = content.length, cutsBodies, ignoresRanges, status } = behaviour;
  if (status !== undefined) {
    response.writeHead(status).end('no');
    return;
  }
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const start = ignoresRanges || asked === undefined ? 0 : Number(asked);
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const rest = content.subarray(start);
  const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...(start > 0 ? range : {}) });
  response.flushHeaders();
  if (cutsBodies) response.destroy();
  else if (rest.length > stallAfter) response.write(rest.subarray(0, stallAfter));
  else response.end(rest);
}

/** An address on which nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}
