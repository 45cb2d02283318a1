import type { S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { s3Client } from '../../aws/clients.ts';

/** An S3 that tests talk to. */
export interface S3Server {
  /** A client, and a fresh bucket. */
  openBucket(): Promise<[client: S3Client, bucket: string]>;
  close(): Promise<void>;
}

export async function startFauxS3(): Promise<S3Server> {
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  const client = s3Client({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let buckets = 0;
  return {
    async openBucket() {
      const bucket = `images-${buckets++}`;
      server.createBucket(bucket);
      return [client, bucket];
    },
    async close() {
      client.destroy();
      await server.stop();
    },
  };
}
