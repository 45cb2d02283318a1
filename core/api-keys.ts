import { createHash, timingSafeEqual } from 'node:crypto';

/** What is kept of an API key: enough to check it, too little to use it. */
export interface ApiKey {
  /** 12 hex digits, a part of the key itself: how it is found. */
  readonly id: string;
  /** For whom it was made. */
  readonly name: string;
  /** SHA-256 of its secret, hex. The secret is 256 random bits, so that it takes no salt. */
  readonly hash: string;
  /** ms since 1970, as all times here. */
  readonly createdAt: number;
  readonly revokedAt?: number;
}

export interface ApiKeys {
  add(key: ApiKey): Promise<void>;
  get(id: string): Promise<ApiKey | undefined>;
  /** False when there is no such key, or it was revoked before. */
  revoke(id: string, now: number): Promise<boolean>;
  /** The oldest first. */
  all(): AsyncIterable<ApiKey>;
}

/** Random bytes from a secure source. */
export type RandomBytes = (count: number) => Uint8Array;

/** @returns the key as its holder writes it, `mlg_<id>_<secret>`, which cannot be had again; and what to keep of it */
export function newApiKey(name: string, now: number, random: RandomBytes): { written: string; key: ApiKey } {
  const id = hex(random(6));
  const secret = hex(random(32));
  return { written: `mlg_${id}_${secret}`, key: { id, name, hash: hex(sha256(secret)), createdAt: now } };
}

/**
 * Returns the key that a caller wrote, if it is one of ours and not revoked. Takes as long whatever is wrong with its
 * secret.
 */
export async function validKey(keys: Pick<ApiKeys, 'get'>, written: string): Promise<ApiKey | undefined> {
  const parts = /^mlg_(?<id>[0-9a-f]{12})_(?<secret>[0-9a-f]{64})$/.exec(written)?.groups;
  if (!parts) return undefined;
  const { id, secret } = parts as { id: string; secret: string };
  const key = await keys.get(id);
  if (!key) return undefined;
  const isRight = timingSafeEqual(sha256(secret), Buffer.from(key.hash, 'hex'));
  return isRight && key.revokedAt === undefined ? key : undefined;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
