import { CreateBucketCommand, type S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { s3Client } from '../../aws/clients.ts';
import type { Service } from '../../local/cloud/service.ts';
import { startPassingFauxqs } from './fauxqs.ts';

/** An S3 that tests talk to. */
export interface S3Server {
  /** A client, and a fresh bucket. */
  openBucket(): Promise<[client: S3Client, bucket: string]>;
  /** Another client of the same server; whoever asks for it destroys it. */
  connect(config: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

export async function startFauxS3(): Promise<S3Server> {
  return s3Server(await startPassingFauxqs());
}

/** The S3 of a service, which ends with it. */
export function s3Server(service: Service): S3Server {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const connect = (config: S3ClientConfig = {}) =>
    s3Client({ endpoint: service.url, region: 'us-east-1', credentials, ...config });
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
      await service.close();
    },
  };
}
