import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
// By file, because the package exports only `startFauxqs`, and that listens on every interface whatever `host` says.
import { PersistenceManager } from '../../node_modules/fauxqs/dist/persistence.js';
import { S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js';
import { SnsStore } from '../../node_modules/fauxqs/dist/sns/snsStore.js';
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { refuseForeign } from '../../process/loopback.ts';
import { isSigned } from './authorization.ts';
import type { LocalAws } from './credentials.ts';
import { DamagedData } from './damaged-data.ts';
import type { Queue } from './queues.ts';
import type { Service } from './service.ts';
import { region } from './template.ts';

/**
 * Fauxqs on 127.0.0.1, for S3 and SQS, and for who has its credentials. What it has answered is in SQLite under `dataDir`, and survives a kill of this
 * process.
 * @throws DamagedData when the file cannot be read
 */
export async function startFauxqs(
  dataDir: string,
  buckets: readonly string[],
  queues: readonly Queue[],
  aws: LocalAws,
): Promise<Service> {
  await mkdir(dataDir, { recursive: true });
  const { persistence, ...stores } = load(dataDir);
  stores.s3Store.persistence = persistence;
  stores.sqsStore.persistence = persistence;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence;

  for (const bucket of buckets) {
    if (!stores.s3Store.hasBucket(bucket)) stores.s3Store.createBucket(bucket);
  }
  for (const { name, arn, attributes } of queues) {
    const known = stores.sqsStore.getQueueByName(name);
    if (known) known.setAttributes({ ...attributes });
    else stores.sqsStore.createQueue(name, `http://localhost/${arn.split(':').at(-2)}/${name}`, arn, { ...attributes });
  }

  const app = buildApp({ logger: false, defaultRegion: region, stores });
  app.addHook('onRequest', async (request, reply) => {
    if (!isSigned(request.raw, aws)) return reply.code(403).send({ message: 'The signature is missing or wrong.' });
  });
  refuseForeign(app.server, { takesPages: false });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await app.close();
      persistence.close();
    },
  };
}

function load(dataDir: string) {
  const stores = { s3Store: new S3Store(), sqsStore: new SqsStore(), snsStore: new SnsStore() };
  try {
    const persistence = new PersistenceManager(dataDir);
    persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
    return { persistence, ...stores };
  } catch (error) {
    throw new DamagedData('Buckets and queues', dataDir, error);
  }
}
