import { randomBytes } from 'node:crypto';
import type { Bucket } from './buckets.ts';

/** An object that has been written. */
export interface CreatedObject {
  readonly key: string;
  readonly how: 'Put' | 'Post' | 'Copy';
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly sourceAddress: string;
}

/** Sends a message to a queue. */
export type Send = (queueArn: string, body: string) => Promise<void>;

/** Tells the queues that want to know of a new object; returns when they have it. */
export async function notify(
  bucket: Bucket,
  object: CreatedObject,
  region: string,
  now: number,
  send: Send,
): Promise<void> {
  const interested = bucket.notifications.filter(
    ({ event, prefix, suffix }) =>
      (event === 's3:ObjectCreated:*' || event === `s3:ObjectCreated:${object.how}`) &&
      object.key.startsWith(prefix) &&
      object.key.endsWith(suffix),
  );
  const body = JSON.stringify({ Records: [record(bucket, object, region, now)] });
  await Promise.all(interested.map(({ queueArn }) => send(queueArn, body)));
}

/** What S3 sends once to each queue, when a bucket's notifications are set up. */
export async function sendTestEvents(bucket: Bucket, now: number, send: Send): Promise<void> {
  const body = JSON.stringify({
    ...{ Service: 'Amazon S3', Event: 's3:TestEvent', Time: new Date(now).toISOString(), Bucket: bucket.name },
    ...{ RequestId: requestId(), HostId: 'local' },
  });
  await Promise.all(bucket.notifications.map(({ queueArn }) => send(queueArn, body)));
}

export function requestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}

function record(bucket: Bucket, { key, how, size, etag, sourceAddress }: CreatedObject, region: string, now: number) {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(now).toISOString(),
    eventName: `ObjectCreated:${how}`,
    userIdentity: { principalId: 'local' },
    requestParameters: { sourceIPAddress: sourceAddress },
    responseElements: { 'x-amz-request-id': requestId(), 'x-amz-id-2': 'local' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'local',
      bucket: { name: bucket.name, ownerIdentity: { principalId: 'local' }, arn: bucket.arn },
      object: { key: formEncoded(key), size, eTag: etag, sequencer: now.toString(16).toUpperCase().padStart(18, '0') },
    },
  };
}

/** As in a form: percent-encoded, `+` for a space; slashes stay. */
function formEncoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
}
