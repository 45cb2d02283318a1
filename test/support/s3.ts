import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, type S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { s3Client } from '../../aws/clients.ts';
import { startFauxqs } from '../../local/cloud/fauxqs.ts';

/** An S3 that tests talk to. */
export interface S3Server {
  /** A client, and a fresh bucket. */
  openBucket(): Promise<[client: S3Client, bucket: string]>;
  /** Another client of the same server; whoever asks for it destroys it. */
  connect(config: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

export async function startFauxS3(): Promise<S3Server> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mlg-test-s3-'));
  const server = await startFauxqs(folder, [], []);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const connect = (config: S3ClientConfig = {}) =>
    s3Client({ endpoint: server.url, region: 'us-east-1', credentials, ...config });
  const client = connect();
  let buckets = 0;
  return {
    connect,
    async openBucket() {
      const bucket = `images-${buckets++}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return [client, bucket];
    },
    async close() {
      client.destroy();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
