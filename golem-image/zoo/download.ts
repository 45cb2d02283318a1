import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { DownloadError } from './errors.ts';

export interface DownloadOptions {
  readonly onProgress?: (received: number, total: number | undefined) => void;
  /** How long to wait for an answer, and then for each next piece of it. */
  readonly idleMs?: number;
}

/** In a row. */
const maxFruitlessAttempts = 3;

/**
 * Fetches a file to `path`, by way of `<path>.part`. A part that lies there already is continued, and a connection
 * that breaks off is taken up again, until three attempts in a row have brought nothing.
 * @throws DownloadError
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${path}.part`;
  let fruitless = 0;
  for (;;) {
    const before = await sizeOf(part);
    const cut = await fetchRest(url, part, before, options);
    if (!cut) break;
    fruitless = (await sizeOf(part)) > before ? 0 : fruitless + 1;
    if (fruitless === maxFruitlessAttempts) throw cut;
  }
  await rename(part, path);
}

/** MD5 of a file, hex. */
export async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Appends what is missing to the part. Gives an error back if the answer broke off, and throws if there was none. */
async function fetchRest(
  url: string,
  part: string,
  have: number,
  { onProgress, idleMs = 30_000 }: DownloadOptions,
): Promise<DownloadError | undefined> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(new Error(`nothing came for ${idleMs / 1000} s`)), idleMs);
  try {
    const response = await request(url, have, idle.signal);
    if (response.status === 416) return await checkWhole(response, url, part, have);
    if (!response.ok || !response.body) throw new DownloadError(`${url} answers ${response.status}.`);
    const resumed = response.status === 206;
    let received = resumed ? have : 0;
    const total = totalOf(response, received);
    const file = await open(part, resumed ? 'a' : 'w');
    try {
      for await (const piece of response.body) {
        timer.refresh();
        await file.writeFile(piece);
        received += piece.length;
        onProgress?.(received, total);
      }
    } catch (cause) {
      return new DownloadError(`${url} broke off after ${received} bytes: ${reason(cause)}.`, { cause });
    } finally {
      await file.close();
    }
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function request(url: string, have: number, signal: AbortSignal): Promise<Response> {
  const headers: HeadersInit = have > 0 ? { range: `bytes=${have}-` } : {};
  try {
    return await fetch(url, { headers, signal });
  } catch (cause) {
    throw new DownloadError(`${new URL(url).host} cannot be reached: ${reason(cause)}.`, { cause });
  }
}

/** The server has nothing after our part: either that is the whole file, or it was not a part of this file. */
async function checkWhole(response: Response, url: string, part: string, have: number): Promise<undefined> {
  await response.body?.cancel();
  const [, total] = /\*\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  if (total === String(have)) return;
  await rm(part);
  throw new DownloadError(`${part} was not a part of ${url}; it is removed now. Try again.`);
}

function totalOf(response: Response, received: number): number | undefined {
  const length = response.headers.get('content-length');
  return length === null ? undefined : received + Number(length);
}

/** `fetch` hides what happened behind "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message || error.name;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
