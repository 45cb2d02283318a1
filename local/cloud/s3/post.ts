import type { IncomingMessage } from 'node:http';
import { signed } from '../authorization.ts';
import { readBody } from '../request-body.ts';
import { S3Error } from './error.ts';
import type { Exchange, S3Options } from './exchange.ts';
import { readForm } from './form.ts';
import { notify } from './notify.ts';
import { type PostedObject, postedObject } from './post-object.ts';
import { element, xml } from './xml.ts';

/** Larger forms are refused, bytes. S3 takes 5 GB; the emulator takes 11 MiB. */
const maxBody = 10 * 2 ** 20;

/**
 * Puts the object of a browser's form, announces it, and answers as the form asks.
 * @throws S3Error when the form is refused
 */
export async function post(exchange: Exchange, options: S3Options): Promise<void> {
  const { request, bucket } = exchange;
  const body = await readFormBody(request);
  if (!bucket) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const form = await readForm(request.headers['content-type'] ?? '', body);
  const object = postedObject(bucket.name, form, options, options.clock());
  const etag = await put(bucket.name, object, options);
  const created = {
    ...{ key: object.key, how: 'Post' as const, size: object.bytes.length, etag: etag.replaceAll('"', '') },
    sourceAddress: request.socket.remoteAddress ?? '',
  };
  await notify(bucket, created, options.region, options.clock(), options.send);
  answer(exchange, bucket.name, object, etag);
}

/** @throws S3Error when it is too large */
async function readFormBody(request: IncomingMessage): Promise<Buffer> {
  const { bytes, size } = await readBody(request, maxBody);
  if (bytes) return bytes;
  throw new S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: String(size),
    MaxSizeAllowed: String(maxBody),
  });
}

/** @returns the ETag, with its quotes */
async function put(bucket: string, { key, bytes, headers }: PostedObject, options: S3Options): Promise<string> {
  const method = 'PUT';
  const url = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  const { host } = new URL(options.emulator);
  const body = Buffer.from(bytes);
  const allHeaders = signed({ method, url, headers: { ...headers, host } }, options, body, options.clock());
  const response = await fetch(options.emulator + url, { method, headers: allHeaders, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`The emulator refused an object: ${response.status} ${text}`);
  return response.headers.get('etag') ?? '';
}

function answer({ request, response, cors }: Exchange, Bucket: string, object: PostedObject, ETag: string): void {
  const { key: Key, answer } = object;
  const Location = `http://${request.headers.host}/${Bucket}/${encodeURIComponent(Key)}`;
  const headers = { ...cors, etag: ETag, location: Location };
  if (typeof answer === 'object') {
    const { redirect } = answer;
    for (const [name, value] of Object.entries({ bucket: Bucket, key: Key, etag: ETag })) {
      redirect.searchParams.append(name, value);
    }
    response.writeHead(303, { ...headers, location: redirect.href }).end();
  } else if (answer === 201) {
    const body = xml(element('PostResponse', { Location, Bucket, Key, ETag }));
    response.writeHead(201, { ...headers, 'content-type': 'application/xml' }).end(body);
  } else {
    response.writeHead(answer, headers).end();
  }
}
