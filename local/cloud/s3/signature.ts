import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LocalAws } from '../credentials.ts';
import { S3Error } from './error.ts';

export const algorithm = 'AWS4-HMAC-SHA256';

/** What a signature is valid for: `<access key>/<day>/<region>/s3/aws4_request`. */
export interface Scope {
  readonly accessKeyId: string;
  /** YYYYMMDD. */
  readonly day: string;
  readonly region: string;
}

/**
 * Signature Version 4, hex.
 * @param text what is signed: of a POST its policy, in base64
 */
export function signature(
  secretAccessKey: string,
  { day, region, service = 's3' }: Pick<Scope, 'day' | 'region'> & { readonly service?: string },
  text: string,
): string {
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

/**
 * Reads a credential, and checks that it is one of ours.
 * @param refuse makes an error of what is wrong with the credential's form
 * @throws S3Error
 */
export function readScope(
  credential: string,
  { credentials, region }: LocalAws,
  refuse: (why: string) => S3Error,
): Scope {
  const [accessKeyId = '', day = '', given = '', service, end, ...more] = credential.split('/');
  if (accessKeyId === '') throw refuse('a non-empty Access Key (AKID) must be provided in the credential.');
  if (end === undefined || more.length > 0) {
    throw refuse('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  if (!/^\d{8}$/.test(day)) {
    throw refuse(`incorrect date format "${day}". This date in the credential must be in the format "yyyyMMdd".`);
  }
  if (given !== region) throw refuse(`the region '${given}' is wrong; expecting '${region}'`);
  if (service !== 's3') throw refuse(`incorrect service "${service}". This endpoint belongs to "s3".`);
  if (end !== 'aws4_request') throw refuse(`incorrect terminal "${end}". This endpoint uses "aws4_request".`);
  if (accessKeyId !== credentials.accessKeyId) {
    const message = 'The AWS Access Key Id you provided does not exist in our records.';
    throw new S3Error(403, 'InvalidAccessKeyId', message, { AWSAccessKeyId: accessKeyId });
  }
  return { accessKeyId, day, region };
}

/** @throws S3Error when the signature is not that of the text */
export function checkSignature(given: string, text: string, scope: Scope, { credentials }: LocalAws): void {
  const right = Buffer.from(signature(credentials.secretAccessKey, scope, text));
  const sent = Buffer.from(given);
  if (sent.length === right.length && timingSafeEqual(sent, right)) return;
  const message =
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.';
  throw new S3Error(403, 'SignatureDoesNotMatch', message, {
    AWSAccessKeyId: scope.accessKeyId,
    StringToSign: text,
    SignatureProvided: given,
    StringToSignBytes: (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' '),
  });
}

/** ms since 1970 of a time such as 20151229T000000Z; undefined when it is none. */
export function longDate(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
