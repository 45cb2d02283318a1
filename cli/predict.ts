import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { spelling } from '../core/catalogue.ts';
import { imageTooLarge, maxImageBytes } from '../core/image-limits.ts';
import { forEachConcurrently } from '../process/concurrency.ts';
import { awaitEnds } from './await-ends.ts';
import { type ExitCode, exitCodes, Refusal, UsageError } from './errors.ts';
import { findFiles } from './files.ts';
import type { Io } from './io.ts';
import type { PredictOptions } from './options.ts';
import { installationSecret } from './own-folder.ts';
import { Report } from './report.ts';
import { defaultStateFile, Sent } from './sent.ts';
import { Service } from './service.ts';
import { LiveLine } from './terminal.ts';

/** Failed requests that one command skips to get a new one; there are several only when the state file was lost. */
const maxFailedInARow = 10;

/** `mlg predict`: sends images, and waits for their classes when asked to. */
export async function predict(options: PredictOptions, io: Io): Promise<ExitCode> {
  const { url, json, wait, model } = options;
  const files = await findFiles(options.paths);
  const service = new Service(url, io);
  const secret = await installationSecret(io.env);
  const sent = await Sent.open(options.state ?? defaultStateFile(io.env), url);
  const report = new Report(io, { json, model, total: files.length });
  const progress = new LiveLine(io.err);
  try {
    const accepted = new Map<string, string>();
    await forEachConcurrently(files, options.parallel, async (file) => {
      progress.show('Sending', ` ${accepted.size + report.count} of ${files.length}`);
      const id = await sendOnce(file, { service, sent, secret, options, io }, (reason) => {
        progress.end();
        report.refused(file, reason);
      });
      if (id) accepted.set(file, id);
    });
    if (wait) {
      await awaitEnds(accepted, service, { io, report, progress, timeout: options.timeout });
    } else {
      for (const file of files) report.accepted(file, accepted.get(file));
    }
  } finally {
    progress.end();
  }
  return report.hasFailures ? exitCodes.failed : exitCodes.done;
}

interface Tools {
  readonly service: Service;
  readonly sent: Sent;
  readonly secret: string;
  readonly options: PredictOptions;
  readonly io: Io;
}

/** Returns the image's request: its last one unless that failed or is no longer known, else a new one. */
async function sendOnce(
  file: string,
  { service, sent, secret, options, io }: Tools,
  refused: (reason: string) => void,
): Promise<string | undefined> {
  const image = await readImage(file);
  const key = keyOf(options, secret, image, io);
  const before = sent.idOf(key);
  const known = before === undefined ? undefined : await service.read(before);
  if (known && known.status !== 'failed') return before;
  try {
    if (image.length > maxImageBytes) throw new Refusal(413, imageTooLarge().message);
    return await sendUnlessFailed(key, known && before, image, { service, sent, options });
  } catch (error) {
    if (!(error instanceof Refusal) || !error.isOfImage) throw error;
    refused(error.message);
    return undefined;
  }
}

/**
 * Sends the image until the service returns a request that has not failed. The service remembers an idempotency key for a
 * day, even after its request failed, so the key of the next attempt is derived from the failed request's id: a new key,
 * yet the same one when the answer is lost and the command repeated.
 * @param failed the last request that is known to have failed
 */
async function sendUnlessFailed(
  key: string,
  failed: string | undefined,
  image: Uint8Array<ArrayBuffer>,
  { service, sent, options }: Omit<Tools, 'io' | 'secret'>,
): Promise<string> {
  let last = failed;
  for (let attempt = 1; ; attempt++) {
    const { req_id, status } = await service.send(options.model, last ? keyAfter(key, last) : key, image);
    await sent.add(key, req_id);
    if (status !== 'failed' || attempt === maxFailedInARow) return req_id;
    last = req_id;
  }
}

async function readImage(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return Uint8Array.from(await readFile(file));
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

/**
 * The same image for the same model has the same key here, wherever its file is, and another one in any other
 * installation; with --again, a new one.
 */
function keyOf({ model, again }: PredictOptions, secret: string, image: Uint8Array, io: Io): string {
  const hash = createHash('sha256')
    .update(`${secret}\n${spelling(model)}\n`)
    .update(image);
  if (again) hash.update(`${io.clock()} ${io.random()}`);
  return `mlg-${hash.digest('hex')}`;
}

function keyAfter(key: string, failed: string): string {
  return `mlg-${createHash('sha256').update(`${key} ${failed}`).digest('hex')}`;
}
