import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ApiKey, newApiKey } from '../../core/api-keys.ts';
import { authorizer } from '../../functions/authorizer.ts';

const random = (count: number) => new Uint8Array(count).fill(7);
const { written, key } = newApiKey('a friend', 1000, random);

const check = (sent: string | undefined, kept: ApiKey | undefined = key) =>
  authorizer({ get: async (id) => (kept?.id === id ? kept : undefined) })({
    headers: sent === undefined ? {} : { 'x-api-key': sent },
  });

test('a key that was made opens, and names its holder to the functions', async () => {
  expect(await check(written)).toEqual({ isAuthorized: true, context: { sender: key.id } });
});

test('what is kept of a key does not open, and does not hold the key', async () => {
  const [, id, secret = ''] = written.split('_');
  expect(key).toEqual({
    id,
    name: 'a friend',
    hash: createHash('sha256').update(secret).digest('hex'),
    createdAt: 1000,
  });
  expect(await check(`mlg_${id}_${key.hash}`)).toEqual({ isAuthorized: false });
});

test('a revoked key does not open, nor one that nobody made, nor none', async () => {
  expect(await check(written, { ...key, revokedAt: 2000 })).toEqual({ isAuthorized: false });
  const other = newApiKey('other', 0, (count) => new Uint8Array(count).fill(8)).written;
  expect(await check(other)).toEqual({ isAuthorized: false });
  expect(await check(undefined)).toEqual({ isAuthorized: false });
});

test('a key with another secret does not open', async () => {
  expect(await check(`${written.slice(0, -1)}0`)).toEqual({ isAuthorized: false });
});

test('nothing else opens, whatever it is', async () => {
  const alike = fc.tuple(fc.nat(written.length - 1), fc.string({ maxLength: 3 })).map(([at, text]) => {
    return written.slice(0, at) + text + written.slice(at + 1);
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), alike), async (sent) => {
      fc.pre(sent !== written);
      expect(await check(sent)).toEqual({ isAuthorized: false });
    }),
    { numRuns: 500 },
  );
});
