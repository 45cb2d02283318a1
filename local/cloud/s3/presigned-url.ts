import type { IncomingMessage } from 'node:http';
import { accessDenied, S3Error } from './error.ts';
import { algorithm, checkSignature, longDate, readScope, type Signer, sha256 } from './signature.ts';

/** What of a request its signature is about. */
export type SignedRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

const parameters = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Expires',
] as const;

/** s; a signing key is valid for a week. */
const longest = 604_800;
/** ms by which clocks may differ. */
const skew = 15 * 60_000;

/** Whether a request says that it is signed in its query. */
export function isPresigned(query: URLSearchParams): boolean {
  return query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
}

/**
 * Checks a request that is signed in its query (Signature Version 4).
 * @param now ms since 1970
 * @throws S3Error when it is not valid, not any more, or not yet
 */
export function checkPresignedUrl(request: SignedRequest, signer: Signer, now: number): void {
  const [path = '/', search = ''] = (request.url ?? '/').split('?');
  const query = new URLSearchParams(search);
  const values = parameters.map((name) => query.get(name));
  if (values.includes(null))
    throw malformed(`Query-string authentication version 4 requires the ${listed} parameters.`);
  const [given, credential, signed, date, signedHeaders, expires] = values as string[] as Six;
  if (given !== algorithm) throw malformed(`X-Amz-Algorithm only supports "${algorithm}"`);
  const scope = readScope(credential, signer, (why) =>
    malformed(`Error parsing the X-Amz-Credential parameter; ${why}`),
  );
  checkTime(date, expires, now);
  if (!signedHeaders.split(';').includes('host'))
    throw accessDenied('There were headers present in the request which were not signed');

  const canonical = canonicalRequest(request, path, query, signedHeaders);
  const text = [algorithm, date, `${scope.day}/${scope.region}/s3/aws4_request`, sha256(canonical)].join('\n');
  checkSignature(signed, text, scope, signer, { CanonicalRequest: canonical });
}

type Six = [string, string, string, string, string, string];

const listed = `${parameters.slice(0, -1).join(', ')}, and ${parameters.at(-1)}`;

function checkTime(date: string, expires: string, now: number): void {
  const from = longDate(date);
  if (from === undefined) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (!/^-?\d+$/.test(expires)) throw malformed('X-Amz-Expires should be a number');
  const seconds = Number(expires);
  if (seconds < 0) throw malformed('X-Amz-Expires must be non-negative');
  if (seconds > longest) throw malformed('X-Amz-Expires must be less than a week (in seconds) that is 604800');
  if (from > now + skew) throw accessDenied('Request is not yet valid');
  if (now > from + seconds * 1000) {
    throw accessDenied('Request has expired', {
      'X-Amz-Expires': expires,
      Expires: new Date(from + seconds * 1000).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
}

function canonicalRequest(
  { method = 'GET', headers }: SignedRequest,
  path: string,
  query: URLSearchParams,
  signedHeaders: string,
): string {
  const pairs = [...query].filter(([name]) => name !== 'X-Amz-Signature').map((pair) => pair.map(encode).join('='));
  const values = signedHeaders.split(';').map((name) => `${name}:${headerText(headers[name])}\n`);
  const payload = query.get('X-Amz-Content-Sha256') ?? headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const uri = path.split('/').map((segment) => encode(decode(segment)));
  return [method, uri.join('/'), pairs.sort().join('&'), values.join(''), signedHeaders, payload].join('\n');
}

function headerText(value: string | string[] | undefined): string {
  return [value ?? []].flat().join(',').trim().replace(/ +/g, ' ');
}

/** By RFC 3986: all but letters, digits and `-._~`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

function malformed(message: string): S3Error {
  return new S3Error(400, 'AuthorizationQueryParametersError', message);
}
