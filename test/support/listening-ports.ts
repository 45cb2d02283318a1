import { request } from 'node:http';
import { Server } from 'node:net';
import { text } from 'node:stream/consumers';

/** The ports that this process listens on. */
export function listeningPorts(): number[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const addresses = handles.filter((handle) => handle instanceof Server).map((server) => server.address());
  return addresses.flatMap((address) => (typeof address === 'object' && address ? [address.port] : []));
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A request with headers that fetch would not send, such as another `Host`. */
export function rawRequest(
  port: number,
  headers: Readonly<Record<string, string>>,
  { method = 'GET', path = '/', body = '' } = {},
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const sent = request({ host: '127.0.0.1', port, method, path, headers });
  sent.on('error', reject);
  sent.on('upgrade', (response, socket) => {
    socket.destroy();
    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
  });
  sent.on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    text(response).then((body) => resolve({ status, headers, body }), reject);
  });
  sent.end(body);
  return promise;
}
