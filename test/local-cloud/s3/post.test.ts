import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { describe, expect, test } from 'vitest';
import { filePart, form as multipart, textPart } from '../../support/forms.ts';
import { bucket, type Fields, page, runFront } from './running-front.ts';

const { url, s3, post, messages, now, pass, stored } = await runFront();

/** The form that POST /uploads gives out, by the SDK. */
async function signedForm(expires = 300): Promise<Fields> {
  const { fields } = await createPresignedPost(s3, {
    ...{ Bucket: bucket, Key: 'uploads/1', Expires: expires },
    Conditions: [
      ['content-length-range', 1, 10],
      ['starts-with', '$Content-Type', 'image/'],
    ],
  });
  return { ...fields, 'Content-Type': 'image/png' };
}

describe('a POST that the policy allows', () => {
  test('is stored, told to the queue, and answered with 204', async () => {
    const response = await post(await signedForm());
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(response.headers.get('etag')).toBe('"78805a221a988e79ef3f42d7c5bfd418"');
    expect(response.headers.get('location')).toBe(`${url}/images/uploads%2F1`);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(await stored('uploads/1')).toBe('image');
    expect(messages).toMatchObject([
      {
        queue: 'queue',
        body: {
          Records: [
            {
              ...{
                eventVersion: '2.1',
                eventSource: 'aws:s3',
                awsRegion: 'us-east-1',
                eventName: 'ObjectCreated:Post',
              },
              eventTime: new Date(now()).toISOString(),
              s3: {
                bucket: { name: bucket },
                object: { key: 'uploads/1', size: 5, eTag: '78805a221a988e79ef3f42d7c5bfd418' },
              },
            },
          ],
        },
      },
    ]);
  });

  test.each([1, 10])('may have %i bytes', async (length) => {
    expect((await post(await signedForm(), 'x'.repeat(length))).status).toBe(204);
  });

  test('may have fields after its file, which nobody reads', async () => {
    const fields = Object.entries(await signedForm()).map(([name, value]) => textPart(name, value));
    const { headers, body } = multipart('b', [...fields, filePart('image', 'file'), textPart('acl', 'public-read')]);
    const response = await fetch(`${url}/${bucket}`, { method: 'POST', headers, body: Buffer.from(body) });
    expect(response.status).toBe(204);
  });
});

describe('a POST that is refused', () => {
  const changed = async (change: Record<string, string | undefined>) => {
    const fields = Object.entries({ ...(await signedForm()), ...change }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(fields) as Fields;
  };
  const tampered = async () => {
    const { Policy = '' } = await signedForm();
    const policy = JSON.parse(Buffer.from(Policy, 'base64').toString());
    policy.conditions[0] = ['content-length-range', 1, 10_000_000];
    return Buffer.from(JSON.stringify(policy)).toString('base64');
  };

  test.each<[string, number, string, string, () => Promise<Response>]>([
    [
      'over size',
      400,
      'EntityTooLarge',
      '<ProposedSize>11</ProposedSize><MaxSizeAllowed>10</MaxSizeAllowed>',
      async () => post(await signedForm(), 'x'.repeat(11)),
    ],
    [
      'of zero bytes',
      400,
      'EntityTooSmall',
      '<ProposedSize>0</ProposedSize><MinSizeAllowed>1</MinSizeAllowed>',
      async () => post(await signedForm(), ''),
    ],
    [
      'of another type',
      403,
      'AccessDenied',
      'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]',
      async () => post(await changed({ 'Content-Type': 'text/html' })),
    ],
    [
      'of a type that no header can hold',
      400,
      'InvalidArgument',
      'A header cannot hold this value',
      async () => post(await changed({ 'Content-Type': 'image/png\r\nx-amz-acl: public-read' })),
    ],
    [
      'without a type',
      403,
      'AccessDenied',
      'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]',
      async () => post(await changed({ 'Content-Type': undefined })),
    ],
    [
      'to another key',
      403,
      'AccessDenied',
      'Policy Condition failed: ["eq", "$key", "uploads/1"]',
      async () => post(await changed({ key: 'tensors/1' })),
    ],
    [
      'with another signature',
      403,
      'SignatureDoesNotMatch',
      '<SignatureProvided>aaa',
      async () => post(await changed({ 'X-Amz-Signature': 'a'.repeat(64) })),
    ],
    [
      'with another policy',
      403,
      'SignatureDoesNotMatch',
      '<StringToSign>',
      async () => post(await changed({ Policy: await tampered() })),
    ],
    [
      'after its time',
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy expired.',
      async () => {
        const fields = await signedForm();
        pass(301_000);
        return post(fields);
      },
    ],
    ['without a policy', 403, 'AccessDenied', 'Access Denied', async () => post({ key: 'uploads/1' })],
    [
      'with a policy that nobody signed',
      403,
      'AccessDenied',
      'Access Denied',
      async () => post({ key: 'uploads/1', policy: (await signedForm()).Policy as string }),
    ],
    [
      'without its signature',
      400,
      'InvalidArgument',
      "a field named 'X-Amz-Signature'.  If",
      async () => post(await changed({ 'X-Amz-Signature': undefined })),
    ],
    [
      'without its key',
      400,
      'InvalidArgument',
      "a field named 'key'.  If",
      async () => post(await changed({ key: undefined })),
    ],
    ['without a file', 400, 'InvalidArgument', 'exactly one file upload', async () => post(await signedForm(), null)],
    [
      'by another signer',
      403,
      'InvalidAccessKeyId',
      '<AWSAccessKeyId>SOMEBODY</AWSAccessKeyId>',
      async () => post(await changed({ 'X-Amz-Credential': 'SOMEBODY/20261122/us-east-1/s3/aws4_request' })),
    ],
    [
      'for another region',
      400,
      'InvalidArgument',
      "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
      async () => post(await changed({ 'X-Amz-Credential': 'local/20261122/eu-west-1/s3/aws4_request' })),
    ],
    [
      'with a field more',
      403,
      'AccessDenied',
      'Extra input fields: acl',
      async () => post(await changed({ acl: 'public-read' })),
    ],
    [
      'with too much before its file',
      400,
      'MaxPostPreDataLengthExceeded',
      '20480',
      async () => post(await changed({ 'x-ignore-me': 'x'.repeat(20_480) })),
    ],
    [
      'as JSON',
      412,
      'PreconditionFailed',
      'multipart/form-data',
      () =>
        fetch(`${url}/${bucket}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        }),
    ],
    [
      'and cut off',
      400,
      'MalformedPOSTRequest',
      'not well-formed',
      () =>
        fetch(`${url}/${bucket}`, {
          method: 'POST',
          headers: { 'content-type': 'multipart/form-data; boundary=b' },
          body: '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nimag',
        }),
    ],
    [
      'to another bucket',
      404,
      'NoSuchBucket',
      'does not exist',
      async () => fetch(`${url}/others`, { method: 'POST', body: new FormData() }),
    ],
    [
      'of 10 MiB and more',
      400,
      'EntityTooLarge',
      '<MaxSizeAllowed>10485760<',
      async () => post(await signedForm(), new Uint8Array(10 * 2 ** 20)),
    ],
  ])('%s: %i %s', async (_, status, code, words, send) => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'uploads/1', Body: 'before' }));
    messages.length = 0;
    const response = await send();
    const body = await response.text();
    expect(response.status).toBe(status);
    expect(body).toMatch(
      new RegExp(`^<\\?xml version="1.0" encoding="UTF-8"\\?>\\n<Error><Code>${code}</Code><Message>`),
    );
    expect(body).toContain(words);
    expect(response.headers.get('content-type')).toBe('application/xml');
    expect(messages).toEqual([]);
    expect(await stored('uploads/1')).toBe('before');
  });

  test('can be read by a page that may post', async () => {
    const response = await post(await signedForm(), '');
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
  });
});
