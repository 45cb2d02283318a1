import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LoopbackOptions, refuseForeign } from '../../process/loopback.ts';

/** A running service of the local cloud. */
export interface Service {
  readonly url: string;
  close(): Promise<void>;
}

/** ms in which requests under way can be answered when a service closes. */
const closeMs = 1_000;

/**
 * Has a server listen on 127.0.0.1 alone, and refuse what is sent from elsewhere.
 * @param port 0: any that is free
 * @throws Error when the port is taken
 */
export async function startHttpService(server: Server, options: LoopbackOptions, port = 0): Promise<Service> {
  refuseForeign(server, options);
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is in use by another program. Choose another port.`, { cause: error });
  }
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, close: () => close(server) };
}

/** Takes no more requests. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const killer = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(killer);
}
