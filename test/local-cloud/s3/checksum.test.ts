import { createHash } from 'node:crypto';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { expect, test } from 'vitest';
import { S3UploadForms } from '../../../aws/s3-upload-forms.ts';
import { bucket, type Fields, runFront } from './running-front.ts';

const { s3, post, messages, now, stored } = await runFront();
const photo = 'a photo';
const sha256 = createHash('sha256').update(photo).digest('hex');
const base64 = Buffer.from(sha256, 'hex').toString('base64');

/** The form that `POST /uploads` gives for the photo, when its sender has said what it is. */
async function formFor(key: string): Promise<Fields> {
  const limits = { minBytes: photo.length, maxBytes: photo.length, sha256 };
  const { fields } = await new S3UploadForms(s3, bucket, Date.now).sign(key, limits, now() + 60_000);
  return { ...fields, 'Content-Type': 'image/jpeg' };
}

test('a form for one photo takes that photo', async () => {
  expect((await post(await formFor('uploads/photo'), photo)).status).toBe(204);
  expect(await stored('uploads/photo')).toBe(photo);
  expect(messages).toHaveLength(1);
});

test('and nothing else, however often it is posted: nothing is stored, and nobody is told', async () => {
  const form = await formFor('uploads/other');
  const seen = new Set<string>();
  for (let n = 0; n < 60; n++) {
    // Every second one has the right length.
    const file = n % 2 ? `photo ${n % 10}` : 'x'.repeat(n + 8);
    const response = await post(form, file);
    seen.add(`${response.status} ${/<Code>(\w+)/.exec(await response.text())?.[1]}`);
  }
  expect([...seen].sort()).toEqual(['400 BadDigest', '400 EntityTooLarge']);
  expect(await stored('uploads/other')).toBeUndefined();
  expect(messages).toEqual([]);
});

test.each([
  ['another hash', { 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') }],
  ['no hash', { 'x-amz-checksum-sha256': undefined }],
  ['no algorithm', { 'x-amz-checksum-algorithm': undefined }],
])('its hash cannot be changed: %s is 403', async (_, change) => {
  const fields = Object.entries({ ...(await formFor('uploads/changed')), ...change });
  const response = await post(Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Fields, 'other');
  expect([response.status, await response.text()]).toEqual([
    403,
    expect.stringMatching(/Policy Condition failed: \["eq", "\$x-amz-checksum-/),
  ]);
});

test.each<[string, number, string, Fields]>([
  ['in hex', 400, 'x-amz-checksum-sha256 header is invalid', { 'x-amz-checksum-sha256': sha256 }],
  [
    'of an algorithm alone',
    400,
    'x-amz-checksum-algorithm header is invalid',
    { 'x-amz-checksum-algorithm': 'SHA256' },
  ],
  [
    'by another algorithm',
    400,
    'x-amz-checksum-algorithm header is invalid',
    { 'x-amz-checksum-algorithm': 'SHA1', 'x-amz-checksum-sha256': base64 },
  ],
  ['of a kind that is not checked here', 501, 'NotImplemented', { 'x-amz-checksum-crc32': 'AAAAAA==' }],
])('a hash %s is refused, though it was signed: %i %s', async (_, status, words, Fields) => {
  const form = { Bucket: bucket, Key: 'uploads/signed', Fields: { ...Fields, 'Content-Type': 'image/jpeg' } };
  const { fields } = await createPresignedPost(s3, form);
  const response = await post(fields, photo);
  expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)]);
  expect(await stored('uploads/signed')).toBeUndefined();
});
