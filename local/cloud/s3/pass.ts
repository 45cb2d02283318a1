import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Exchange, S3Options } from './exchange.ts';
import { notify } from './notify.ts';

/** They concern one connection. Node has answered `expect` already. */
const notForwarded = ['connection', 'expect', 'keep-alive', 'transfer-encoding'];

/** Forwards a request as it is, announces a new object, and returns the answer. */
export async function pass(exchange: Exchange, options: S3Options): Promise<void> {
  const { request, response, cors } = exchange;
  const answer = await forward(request, options.emulator);
  if (answer.statusCode === 200 && isNewObject(exchange)) await announce(exchange, answer, options);
  response.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...cors });
  await pipeline(answer, response);
}

async function forward(request: IncomingMessage, emulator: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(emulator);
  const headers = Object.entries(request.headers).filter(([name]) => !notForwarded.includes(name));
  const onward = send({
    ...{ hostname, port, path: request.url, method: request.method },
    headers: Object.fromEntries(headers),
  });
  const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
  const [[answer]] = await Promise.all([answered, pipeline(request, onward)]);
  return answer;
}

/** Not a part of one, and none of its properties. */
function isNewObject({ request, bucket, key, query }: Exchange): boolean {
  const isPlain = [...query.keys()].every((name) => name === 'x-id' || /^x-amz-/i.test(name));
  return request.method === 'PUT' && bucket !== undefined && key !== '' && isPlain;
}

async function announce(
  { request, bucket, key }: Exchange,
  answer: IncomingMessage,
  options: S3Options,
): Promise<void> {
  if (!bucket) return;
  const { headers } = request;
  const object = {
    key,
    how: headers['x-amz-copy-source'] === undefined ? ('Put' as const) : ('Copy' as const),
    size: Number(headers['x-amz-decoded-content-length'] ?? headers['content-length'] ?? 0),
    etag: (answer.headers.etag ?? '').replaceAll('"', ''),
    sourceAddress: request.socket.remoteAddress ?? '',
  };
  await notify(bucket, object, options.region, options.clock(), options.send);
}
