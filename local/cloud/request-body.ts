import type { IncomingMessage } from 'node:http';

export interface RequestBody {
  /** Undefined when it is too large. */
  readonly bytes: Buffer | undefined;
  readonly size: number;
}

/**
 * Reads a request to its end, also when it is too large, so that the client gets to read the answer.
 * @param max bytes that are kept
 */
export async function readBody(request: IncomingMessage, max: number): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= max) chunks.push(chunk);
    else chunks.length = 0;
  }
  return { bytes: size <= max ? Buffer.concat(chunks) : undefined, size };
}
