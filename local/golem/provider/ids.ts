import { randomBytes } from 'node:crypto';

export { randomUUID as newUuid } from 'node:crypto';

/** Random hex of so many bytes, in the lengths that yagna's ids have. */
export function newHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
