import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeEach } from 'vitest';
import { startFauxqs } from '../../../local/cloud/fauxqs.ts';
import { startS3Front } from '../../../local/cloud/s3/front.ts';
import { testAws } from '../../support/local-aws.ts';
import { temporaryDirectory } from '../running-cloud.ts';

export const bucket = 'images';
/** The origin of a page that may post to the bucket. */
export const page = 'https://page.example';

export type Fields = Record<string, string>;

/** A bucket behind the front, for the tests of a file; the clock and the messages are new for each test. */
export async function runFront() {
  const messages: { queue: string; body: Record<string, unknown> }[] = [];
  let now = Date.now();
  const emulator = await startFauxqs(await temporaryDirectory(afterAll), [bucket], [], testAws);
  const front = await startS3Front({
    ...{ ...testAws, emulator: emulator.url, clock: () => now },
    buckets: [
      {
        name: bucket,
        arn: 'arn:aws:s3:::images',
        cors: [
          {
            ...{ AllowedMethods: ['POST'], AllowedOrigins: ['https://*.example'] },
            ...{ AllowedHeaders: ['*'], ExposedHeaders: ['ETag'], MaxAge: 60 },
          },
        ],
        notifications: [{ event: 's3:ObjectCreated:*', prefix: 'uploads/', suffix: '', queueArn: 'queue' }],
      },
    ],
    send: async (queue, body) => void messages.push({ queue, body: JSON.parse(body) }),
    onLine: (line) => {
      throw new Error(line);
    },
  });
  const s3 = new S3Client({ endpoint: front.url, ...testAws });
  afterAll(async () => {
    s3.destroy();
    await front.close();
    await emulator.close();
  });
  const testEvents = [...messages];
  beforeEach(() => {
    now = Date.now();
    messages.length = 0;
  });
  return {
    ...{ url: front.url, s3, messages, testEvents },
    now: () => now,
    /** Posts a form as a page's browser does: its fields, then the file, if there is one. */
    async post(fields: Fields, file: Uint8Array | string | null = 'image'): Promise<Response> {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      if (file !== null) form.append('file', new Blob([Buffer.from(file)], { type: 'image/png' }), 'cat.png');
      const headers = { origin: page };
      return fetch(`${front.url}/${bucket}`, { method: 'POST', body: form, headers, redirect: 'manual' });
    },
    pass: (ms: number) => {
      now += ms;
    },
    async stored(key: string): Promise<string | undefined> {
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch(() => undefined);
      return object?.Body?.transformToString();
    },
  };
}
