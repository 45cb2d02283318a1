import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { S3Error } from '../../../local/cloud/s3/error.ts';
import { checkPolicy, parsePolicy } from '../../../local/cloud/s3/post-policy.ts';

const noon = Date.UTC(2026, 10, 22, 12);
const expiration = '2026-11-22T12:00:00Z';
const base64 = (policy: unknown) => Buffer.from(JSON.stringify(policy)).toString('base64');

/** What S3 says to a form of these fields under these conditions; undefined when it takes it. */
function verdict(conditions: unknown, fields: Record<string, string> = {}, length = 3, now = noon): string | undefined {
  const sent = Object.entries(fields).map(([name, value]) => [name.toLowerCase(), { name, value }] as const);
  try {
    checkPolicy(parsePolicy(base64({ expiration, conditions })), 'images', new Map(sent), length, now);
    return undefined;
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return `${error.status} ${error.code}: ${error.message}`;
  }
}

const failed = (condition: string) =>
  `403 AccessDenied: Invalid according to Policy: Policy Condition failed: ${condition}`;

describe('conditions', () => {
  test.each<[string, unknown, Record<string, string>]>([
    ['an object', { key: 'a' }, { key: 'a' }],
    ['eq', ['eq', '$key', 'a'], { key: 'a' }],
    ['starts-with', ['starts-with', '$key', 'a/'], { key: 'a/b' }],
    ['any text', ['starts-with', '$key', ''], { key: 'b' }],
    ['names in any case', ['StArTs-WiTh', '$KEY', 'a'], { kEy: 'ab' }],
    ['the bucket, which is that of the address', { bucket: 'images' }, {}],
    ['the bucket, also when a field says so', { Bucket: 'images' }, { bucket: 'images' }],
    ['a list of types', ['starts-with', '$Content-Type', 'image/'], { 'Content-Type': 'image/png,image/gif' }],
    ['a field to be ignored', { bucket: 'images' }, { 'x-ignore-note': 'x' }],
    ['fields that need no condition', { bucket: 'images' }, { Policy: 'p', 'X-Amz-Signature': 's' }],
  ])('hold: %s', (_, condition, fields) => {
    expect(verdict([condition], fields)).toBeUndefined();
  });

  test.each<[string, unknown, Record<string, string>, string]>([
    ['another value', { key: 'a' }, { key: 'b' }, failed('["eq", "$key", "a"]')],
    ['another case of a value', { key: 'a' }, { key: 'A' }, failed('["eq", "$key", "a"]')],
    ['another start', ['starts-with', '$key', 'a/'], { key: 'b/a/' }, failed('["starts-with", "$key", "a/"]')],
    ['no such field', ['starts-with', '$key', ''], {}, failed('["starts-with", "$key", ""]')],
    ['no $', ['eq', 'key', 'a'], { key: 'a' }, failed('["eq", "key", "a"]')],
    ['another bucket', { bucket: 'others' }, {}, failed('["eq", "$bucket", "others"]')],
    [
      'a field that claims another bucket',
      { bucket: 'others' },
      { bucket: 'others' },
      failed('["eq", "$bucket", "others"]'),
    ],
    [
      'one of several types',
      ['starts-with', '$Content-Type', 'image/'],
      { 'Content-Type': 'image/png, text/html' },
      failed('["starts-with", "$Content-Type", "image/"]'),
    ],
    [
      'a field without a condition',
      { bucket: 'images' },
      { Acl: 'public-read' },
      '403 AccessDenied: Invalid according to Policy: Extra input fields: Acl',
    ],
  ])('do not hold: %s', (_, condition, fields, message) => {
    expect(verdict([condition], fields)).toBe(message);
  });
});

test.each([
  [5, 10, 4, '400 EntityTooSmall: Your proposed upload is smaller than the minimum allowed size'],
  [5, 10, 5, undefined],
  [5, 10, 10, undefined],
  [5, 10, 11, '400 EntityTooLarge: Your proposed upload exceeds the maximum allowed size'],
  ['5', '10', 5, undefined],
  ['x', '10', 5, failed('["content-length-range", "x", "10"]')],
  [0, 512.5, 5, '400 InvalidPolicyDocument: Invalid Policy: Invalid JSON.'],
  [-1, 5, 5, '400 InvalidPolicyDocument: Invalid Policy: Invalid JSON.'],
])('a length from %s to %s: %i', (min, max, length, message) => {
  expect(verdict([['content-length-range', min, max]], {}, length)).toBe(message);
});

test('a policy is valid up to its expiration', () => {
  expect(verdict([{ bucket: 'images' }], {}, 1, noon)).toBeUndefined();
  expect(verdict([{ bucket: 'images' }], {}, 1, noon + 1)).toBe(
    '403 AccessDenied: Invalid according to Policy: Policy expired.',
  );
});

describe('a policy that is none', () => {
  test.each<[string, unknown]>([
    ["Unexpected: 'statement'", { Statement: [] }],
    ['Policy missing expiration.', { conditions: [] }],
    ['Policy missing conditions.', { expiration }],
    ["Invalid 'conditions' value: must be a List.", { expiration, conditions: {} }],
    ["Invalid 'expiration' value: '2026-11-22 12:00'", { expiration: '2026-11-22 12:00', conditions: [] }],
    [
      "Invalid 'expiration' value: '2026-11-22T12:00:00+02:00'",
      { expiration: '2026-11-22T12:00:00+02:00', conditions: [] },
    ],
    ['Simple-Conditions must have exactly one property specified.', { expiration, conditions: [{}] }],
    ['Simple-Conditions must have exactly one property specified.', { expiration, conditions: [{ a: '1', b: '2' }] }],
    ['value must be a string.', { expiration, conditions: [{ 'Content-Length': 3 }] }],
    ['missing operation identifier.', { expiration, conditions: [[]] }],
    ["unknown operation 'ends-with'.", { expiration, conditions: [['ends-with', '$key', 'a']] }],
    ['Invalid eq: wrong number of arguments.', { expiration, conditions: [['eq', '$key']] }],
    [
      'Invalid content-length-range: wrong number of arguments.',
      { expiration, conditions: [['content-length-range', 0]] },
    ],
    ['must be a List or Object.', { expiration, conditions: ['eq'] }],
    ['Invalid JSON.', [1]],
    ['Invalid JSON.', null],
  ])('%s', (message, policy) => {
    expect(() => parsePolicy(base64(policy))).toThrow(message);
  });

  test('whatever it holds, is refused as S3 refuses', () => {
    const json = fc.oneof(
      fc.json(),
      fc.jsonValue().map((conditions) => JSON.stringify({ expiration, conditions })),
    );
    const bytes = fc.oneof(
      fc.string(),
      json.map((text) => Buffer.from(text).toString('base64')),
    );
    fc.assert(
      fc.property(bytes, (policy) => {
        try {
          parsePolicy(policy);
        } catch (error) {
          expect(error).toBeInstanceOf(S3Error);
        }
      }),
    );
  });
});
