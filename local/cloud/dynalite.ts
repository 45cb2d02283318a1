import type { IncomingMessage, RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import { type Service, startHttpService } from './service.ts';

/** Dynalite on 127.0.0.1. What it has answered is in files under `dataDir`, and survives a kill of this process. */
export async function startDynalite(dataDir: string): Promise<Service> {
  const server = dynalite({ path: dataDir, createTableMs: 0 });
  const handle = server.listeners('request')[0] as RequestListener;
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    whole(request).then(
      (request) => handle(request, response),
      () => response.destroy(),
    );
  });
  return startHttpService(server);
}

/**
 * A request that can no longer break off: dynalite throws, and so ends the process, when a client vanishes before it
 * has its answer.
 */
async function whole(request: IncomingMessage): Promise<IncomingMessage> {
  const { method, url, headers } = request;
  const body = await buffer(request);
  return Object.assign(Readable.from([body]), { method, url, headers }) as unknown as IncomingMessage;
}
