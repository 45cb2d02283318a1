import { createHash } from 'node:crypto';
import { S3Error } from './error.ts';
import type { Fields } from './post-policy.ts';

const checksumField = 'x-amz-checksum-sha256';
const algorithmField = 'x-amz-checksum-algorithm';

/**
 * Compares the file of a form with the SHA-256 that the form states, in base64; a form may state none.
 * @throws S3Error when they differ, or the form states it wrongly
 */
export function checkChecksum(fields: Fields, bytes: Uint8Array): void {
  const unknown = [...fields.keys()].find((name) => name.startsWith('x-amz-checksum-') && !known.has(name));
  if (unknown) throw new S3Error(501, 'NotImplemented', 'This checksum is not checked here.', { Header: unknown });
  const algorithm = fields.get(algorithmField)?.value;
  const stated = fields.get(checksumField)?.value;
  if (algorithm !== undefined && (algorithm.toUpperCase() !== 'SHA256' || stated === undefined)) {
    throw invalidValue(algorithmField);
  }
  if (stated === undefined) return;
  if (!/^[A-Za-z0-9+/]{43}=$/.test(stated)) throw invalidValue(checksumField);
  if (createHash('sha256').update(bytes).digest('base64') === stated) return;
  throw new S3Error(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
}

const known = new Set([checksumField, algorithmField]);

function invalidValue(field: string): S3Error {
  return new S3Error(400, 'InvalidRequest', `Value for ${field} header is invalid.`);
}
