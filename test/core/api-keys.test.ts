import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApiKey, newApiKey, validKey } from '../../core/api-keys.ts';

/** 0, 1, 2 and so on: bytes of which none is like another. */
function counting() {
  let next = 0;
  return (count: number) => Uint8Array.from({ length: count }, () => next++);
}
const { written, key } = newApiKey('a friend', 1000, counting());
const secret = written.slice('mlg_000102030405_'.length);

describe('a new API key', () => {
  it('is written as 6 random bytes to find it by and 32 to prove it with', () => {
    expect(written).toBe('mlg_000102030405_060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425');
  });

  it('is kept without its secret', () => {
    const hash = createHash('sha256').update(secret).digest('hex');
    expect(key).toEqual({ id: '000102030405', name: 'a friend', hash, createdAt: 1000 });
  });
});

describe('a key that a caller wrote', () => {
  it('is valid when it was made, until it is revoked', async () => {
    expect(await valid(written)).toEqual(key);
    expect(await valid(written, { ...key, revokedAt: 0 })).toBeUndefined();
  });

  it('is not valid with a secret of another key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[0-9a-f]{64}$/), async (other) => {
        expect(await valid(`mlg_${key.id}_${other}`)).toEqual(other === secret ? key : undefined);
      }),
      { examples: [[secret], [key.hash]] },
    );
  });

  it.each([
    ['nothing', ''],
    ['no secret', `mlg_${key.id}`],
    ['an empty secret', `mlg_${key.id}_`],
    ['something before it', ` ${written}`],
    ['something after it', `${written}\n`],
    ['a secret that is too short', written.slice(0, -1)],
    ['a secret that is too long', `${written}0`],
    ['capitals in its id', `mlg_${'A'.repeat(12)}_${secret}`],
    ['capitals in its secret', `mlg_${key.id}_${secret.toUpperCase()}`],
    ['an id that is too short', written.replace(key.id, key.id.slice(1))],
  ])('is refused without a look-up when it has %s', async (_, sent) => {
    let lookups = 0;
    const get = async () => {
      lookups++;
      return key;
    };
    expect(await validKey({ get }, sent)).toBeUndefined();
    expect(lookups).toBe(0);
  });

  it('is not valid when nobody made it', async () => {
    expect(await validKey({ get: async () => undefined }, written)).toBeUndefined();
  });
});

const valid = (sent: string, kept: ApiKey = key) =>
  validKey({ get: async (id) => (id === kept.id ? kept : undefined) }, sent);
