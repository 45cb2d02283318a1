import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
// By file, because the package exports only `startFauxqs`, and that listens on every interface whatever `host` says.
import { PersistenceManager } from '../../node_modules/fauxqs/dist/persistence.js';
import { S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js';
import { SnsStore } from '../../node_modules/fauxqs/dist/sns/snsStore.js';
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { Service } from './service.ts';
import { region } from './template.ts';

/** Fauxqs on 127.0.0.1, for S3. What it has answered is in SQLite under `dataDir`, and survives a kill of this process. */
export async function startFauxS3(dataDir: string, buckets: readonly string[]): Promise<Service> {
  const persistence = new PersistenceManager(dataDir);
  const s3Store = new S3Store();
  persistence.loadS3(s3Store);
  s3Store.persistence = persistence;
  for (const bucket of buckets) {
    if (!s3Store.hasBucket(bucket)) s3Store.createBucket(bucket);
  }

  const stores = { s3Store, sqsStore: new SqsStore(), snsStore: new SnsStore() };
  const app = buildApp({ logger: false, defaultRegion: region, stores });
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
