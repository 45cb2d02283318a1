import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { LocalAws } from './credentials.ts';
import { algorithm, signature } from './s3/signature.ts';

/** What of a request is signed, beside its payload. */
export interface Signable {
  readonly method?: string | undefined;
  /** Path and query, as sent. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Of the payload: what is signed of it, hex. Clients may name it in this header, or say there that they sign none of it. */
const payloadHeader = 'x-amz-content-sha256';

/**
 * Whether a request's header `Authorization` holds a Signature Version 4 of these credentials. Its time is not looked at.
 * @param body for requests that do not name the hash of their payload
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function isSigned(request: Signable, { region, credentials }: LocalAws, body = Buffer.alloc(0)): boolean {
  const { authorization = '', 'x-amz-date': time = '' } = request.headers;
  const [, accessKeyId, scope = '', names = '', given = ''] = form.exec(authorization) ?? [];
  const [day = '', at, service = '', ...rest] = scope.split('/');
  if (accessKeyId !== credentials.accessKeyId || at !== region || rest.join() !== 'aws4_request') return false;
  const payload = request.headers[payloadHeader] ?? sha256(body);
  const text = stringToSign(request, names.split(';'), String(payload), String(time), scope);
  const right = Buffer.from(signature(credentials.secretAccessKey, { day, region, service }, text));
  const sent = Buffer.from(given);
  return sent.length === right.length && timingSafeEqual(sent, right);
}

/** Returns a request's headers with such a signature. */
export function signed(
  request: Omit<Signable, 'headers'> & { readonly headers: Readonly<Record<string, string>> },
  { region, credentials }: LocalAws,
  body: Uint8Array,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const [day = ''] = time.split('T');
  const headers: Record<string, string> = { ...request.headers, 'x-amz-date': time, [payloadHeader]: sha256(body) };
  const names = ['host', payloadHeader, 'x-amz-date'];
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = stringToSign({ ...request, headers }, names, sha256(body), time, scope);
  const value = signature(credentials.secretAccessKey, { day, region, service: 's3' }, text);
  const authorization = `${algorithm} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${value}`;
  return { ...headers, authorization };
}

const form = new RegExp(`^${algorithm} Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$`);

function stringToSign(
  { method = 'GET', url = '/', headers }: Signable,
  names: readonly string[],
  payload: string,
  time: string,
  scope: string,
): string {
  const [path = '/', query = ''] = url.split('?');
  const lines = names.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replaceAll(/ +/g, ' ')}\n`,
  );
  const canonical = [method, path, canonicalQuery(query), lines.join(''), names.join(';'), payload].join('\n');
  return [algorithm, time, scope, sha256(canonical)].join('\n');
}

function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query.replaceAll('+', '%2B'))].map((pair) => pair.map(encoded).join('='));
  return pairs.sort().join('&');
}

const encoded = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
