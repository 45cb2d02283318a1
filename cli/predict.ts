import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { spelling } from '../core/catalogue.ts';
import { imageTooLarge, maxImageBytes } from '../core/image-limits.ts';
import { awaitEnds } from './await-ends.ts';
import { type ExitCode, exitCodes, Refusal, UsageError } from './errors.ts';
import { findFiles } from './files.ts';
import { inParallel } from './in-parallel.ts';
import type { Io } from './io.ts';
import type { PredictOptions } from './options.ts';
import { Report } from './report.ts';
import { defaultStateFile, Sent } from './sent.ts';
import { Service } from './service.ts';
import { LiveLine } from './terminal.ts';

/** `mlg predict`: sends images, and waits for their classes when asked to. */
export async function predict(options: PredictOptions, io: Io): Promise<ExitCode> {
  const { url, json, wait, model } = options;
  const files = await findFiles(options.paths);
  const service = new Service(url, io);
  const sent = await Sent.open(options.state ?? defaultStateFile(io.env), url);
  const report = new Report(io, { json, model, total: files.length });
  const progress = new LiveLine(io.err);
  try {
    const accepted = new Map<string, string>();
    await inParallel(files, options.parallel, async (file) => {
      progress.show('Sending', ` ${accepted.size + report.count} of ${files.length}`);
      const id = await sendOnce(file, { service, sent, options, io }, (reason) => {
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
  readonly options: PredictOptions;
  readonly io: Io;
}

/** The image's request: the one that it was given before, if the service still knows it, else a new one. */
async function sendOnce(
  file: string,
  { service, sent, options, io }: Tools,
  refused: (reason: string) => void,
): Promise<string | undefined> {
  const image = await readImage(file);
  const key = keyOf(options, image, io);
  const before = sent.idOf(key);
  if (before && (await service.read(before))) return before;
  try {
    if (image.length > maxImageBytes) throw new Refusal(413, imageTooLarge().message);
    const { req_id } = await service.send(options.model, key, image);
    await sent.add(key, req_id);
    return req_id;
  } catch (error) {
    if (!(error instanceof Refusal) || !error.isOfImage) throw error;
    refused(error.message);
    return undefined;
  }
}

async function readImage(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return Uint8Array.from(await readFile(file));
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

/** The same image for the same model has the same key, wherever its file lies; with --again, a new one. */
function keyOf({ model, again }: PredictOptions, image: Uint8Array, io: Io): string {
  const hash = createHash('sha256')
    .update(`${spelling(model)}\n`)
    .update(image);
  if (again) hash.update(`${io.clock()} ${io.random()}`);
  return `mlg-${hash.digest('hex')}`;
}
