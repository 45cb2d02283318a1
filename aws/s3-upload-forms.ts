import type { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { Clock, UploadForm, UploadForms, UploadLimits } from '../core/ports.ts';
import { awsCall } from './calls.ts';

/** Presigned POSTs to one S3 bucket. Signing asks nobody; the client's credentials must be allowed to put the object. */
export class S3UploadForms implements UploadForms {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;

  constructor(client: S3Client, bucket: string, clock: Clock) {
    this.#client = client;
    this.#bucket = bucket;
    this.#clock = clock;
  }

  async sign(key: string, { minBytes, maxBytes, sha256 }: UploadLimits, expiresAt: number): Promise<UploadForm> {
    const form = createPresignedPost(this.#client, {
      Bucket: this.#bucket,
      Key: key,
      Conditions: [
        ['content-length-range', minBytes, maxBytes],
        ['starts-with', '$Content-Type', 'image/'],
      ],
      // Fields are conditions too: the form is refused without them, or with others.
      Fields: sha256 ? checksum(sha256) : {},
      Expires: Math.floor((expiresAt - this.#clock()) / 1000),
    });
    return awsCall(form);
  }
}

/** S3 hashes what it receives, and refuses it when the hash is another: `BadDigest`. */
function checksum(sha256: string): Record<string, string> {
  return {
    'x-amz-checksum-algorithm': 'SHA256',
    'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
  };
}
