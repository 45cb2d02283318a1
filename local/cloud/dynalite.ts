import { readdir } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { Level } from 'level';
import { isSigned } from './authorization.ts';
import type { LocalAws } from './credentials.ts';
import { DamagedData } from './damaged-data.ts';
import { type Service, startHttpService } from './service.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

/** Receives each item as a call has left it, whether or not the caller lives to read the answer. */
export type OnItem = (item: Item) => void;

/**
 * Dynalite on 127.0.0.1, for who has its credentials. What it has answered is in files under `dataDir`, and survives a kill of this process.
 * @param onItem sees PutItem, and UpdateItem that returns ALL_NEW
 * @throws DamagedData when the files cannot be read
 */
export async function startDynalite(dataDir: string, aws: LocalAws, onItem?: OnItem): Promise<Service> {
  await readAll(dataDir);
  const server = dynalite({ path: dataDir, createTableMs: 0 });
  const handle = server.listeners('request')[0] as RequestListener;
  server.removeAllListeners('request');
  server.on('request', async (request, response) => {
    try {
      const body = await buffer(request);
      if (!isSigned(request, aws, body)) return refuse(response);
      if (onItem) watch(request, body, response, onItem);
      handle(whole(request, body), response);
    } catch {
      response.destroy();
    }
  });
  return startHttpService(server, { takesPages: false });
}

/**
 * Reads all that the tables hold: dynalite comes upon what it cannot read when it is asked for it, and ends the process.
 * @throws DamagedData
 */
async function readAll(dataDir: string): Promise<void> {
  const files = await readdir(dataDir).catch(() => []);
  // LevelDB would make a new database in place of one whose first file is missing.
  const createIfMissing = !files.some((file) => /\.(ldb|log)$|^MANIFEST-/.test(file));
  const level = new Level<string, unknown>(dataDir, { valueEncoding: 'json', createIfMissing });
  try {
    await level.open();
    for await (const _ of level.iterator()) {
      // Reading finds what is damaged.
    }
  } catch (error) {
    throw new DamagedData('The tables', dataDir, error);
  } finally {
    await level.close();
  }
}

/** As DynamoDB answers who has other credentials. */
function refuse(response: ServerResponse): void {
  const __type = 'com.amazon.coral.service#UnrecognizedClientException';
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type, message: 'The security token included in the request is invalid.' }));
}

/**
 * A request that can no longer break off: dynalite throws, and so ends the process, when a client vanishes before it
 * has its answer.
 */
function whole({ method, url, headers }: IncomingMessage, body: Buffer): IncomingMessage {
  return Object.assign(Readable.from([body]), { method, url, headers }) as unknown as IncomingMessage;
}

/** Calls `onItem` before the answer leaves, if the call has written. */
function watch({ headers }: IncomingMessage, body: Buffer, response: ServerResponse, onItem: OnItem): void {
  const [, operation] = String(headers['x-amz-target']).split('.');
  const end = response.end.bind(response) as (answer?: string) => ServerResponse;
  response.end = ((answer?: string) => {
    if (response.statusCode === 200 && answer !== undefined) {
      const item = operation === 'PutItem' ? JSON.parse(body.toString()).Item : undefined;
      const updated = operation === 'UpdateItem' ? JSON.parse(answer).Attributes : undefined;
      if (item ?? updated) onItem(item ?? updated);
    }
    return end(answer);
  }) as ServerResponse['end'];
}
