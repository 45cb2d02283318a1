import { describe, expect, test } from 'vitest';
import type { S3Error } from '../../../local/cloud/s3/error.ts';
import { checkPresignedUrl, type SignedRequest } from '../../../local/cloud/s3/presigned-url.ts';
import { signature } from '../../../local/cloud/s3/signature.ts';

/** The credentials of AWS's published examples. */
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const signer = { credentials, region: 'us-east-1' };

test("AWS's example of a browser's upload has AWS's signature", () => {
  const policy = [
    '{ "expiration": "2015-12-30T12:00:00.000Z",',
    '  "conditions": [',
    '    {"bucket": "sigv4examplebucket"},',
    '    ["starts-with", "$key", "user/user1/"],',
    '    {"acl": "public-read"},',
    '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
    '    ["starts-with", "$Content-Type", "image/"],',
    '    {"x-amz-meta-uuid": "14365123651274"},',
    '    {"x-amz-server-side-encryption": "AES256"},',
    '    ["starts-with", "$x-amz-meta-tag", ""],',
    '',
    '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
    '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
    '    {"x-amz-date": "20151229T000000Z" }',
    '  ]',
    '}',
  ].join('\r\n');
  const scope = { accessKeyId: credentials.accessKeyId, day: '20151229', region: 'us-east-1' };
  expect(signature(credentials.secretAccessKey, scope, Buffer.from(policy).toString('base64'))).toBe(
    '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
  );
});

describe("AWS's example of a signed address", () => {
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request',
    'X-Amz-Date': '20130524T000000Z',
    'X-Amz-Expires': '86400',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  };
  const example = (change: Readonly<Record<string, string | undefined>> = {}, path = '/test.txt'): SignedRequest => {
    const pairs = Object.entries({ ...query, ...change }).filter(([, value]) => value !== undefined);
    const url = `${path}?${pairs.map((pair) => pair.join('=')).join('&')}`;
    return { method: 'GET', url, headers: { host: 'examplebucket.s3.amazonaws.com' } };
  };
  const start = Date.UTC(2013, 4, 24);
  const check =
    (request: SignedRequest, now = start) =>
    () =>
      checkPresignedUrl(request, signer, now);

  test('is valid, until a day later', () => {
    expect(check(example())).not.toThrow();
    expect(check(example(), start + 86_400_000)).not.toThrow();
    expect(refusal(check(example(), start + 86_400_001))).toMatchObject({
      ...{ status: 403, code: 'AccessDenied', message: 'Request has expired' },
      details: { 'X-Amz-Expires': '86400', Expires: '2013-05-25T00:00:00.000Z' },
    });
  });

  test('is not valid for anything else', () => {
    const others = [
      example({}, '/test2.txt'),
      example({ 'X-Amz-Expires': '86401' }),
      example({ 'X-Amz-Date': '20130524T000001Z' }),
      example({ versionId: '1' }),
      example({ 'X-Amz-Signature': 'a'.repeat(64) }),
      example({ 'X-Amz-Signature': 'short' }),
      { ...example(), method: 'DELETE' },
      { ...example(), headers: { host: 'examplebucket.s3.amazonaws.com.evil.example' } },
    ];
    for (const other of others) {
      expect(refusal(check(other))).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    }
  });

  test.each([
    [{ 'X-Amz-Signature': undefined }, 400, 'requires the X-Amz-Algorithm'],
    [{ 'X-Amz-Algorithm': 'AWS4-HMAC-SHA1' }, 400, 'only supports "AWS4-HMAC-SHA256"'],
    [{ 'X-Amz-Credential': 'x' }, 400, 'mal-formed'],
    [{ 'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request' }, 400, "expecting 'us-east-1'"],
    [{ 'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/sqs/aws4_request' }, 400, 'incorrect service'],
    [{ 'X-Amz-Credential': 'SOMEBODYELSE/20130524/us-east-1/s3/aws4_request' }, 403, 'does not exist'],
    [{ 'X-Amz-Date': '2013-05-24' }, 400, 'ISO8601'],
    [{ 'X-Amz-Expires': 'soon' }, 400, 'should be a number'],
    [{ 'X-Amz-Expires': '-1' }, 400, 'non-negative'],
    [{ 'X-Amz-Expires': '604801' }, 400, 'less than a week'],
    [{ 'X-Amz-SignedHeaders': 'range' }, 403, 'not signed'],
    [{ 'X-Amz-Date': '20130524T001501Z' }, 403, 'not yet valid'],
  ])('with %j is refused with %i', (change, status, words) => {
    const { message, ...error } = refusal(check(example(change)));
    expect(error).toMatchObject({ status });
    expect(message).toContain(words);
  });
});

function refusal(check: () => void): S3Error {
  try {
    check();
  } catch (error) {
    return error as S3Error;
  }
  throw new Error('It was not refused.');
}
