import { readFile } from 'node:fs/promises';
import path from 'node:path';
import autocannon from 'autocannon';
import sharp from 'sharp';
import { prepareImage } from '../imaging/prepare.ts';
import { type Service, startService } from '../local/service.ts';
import { wholeNumber } from '../process/options.ts';
import { temporaryFolder } from '../process/temporary-folder.ts';

const connections = 20;
/** Far above what this machine can do: the load, not the stage's throttle, is to be measured. */
const throttling = { rate: 10_000, burst: 10_000 };
const model = 'starter';
const photo = path.join(import.meta.dirname, '..', 'local', 'photos', 'coffee.jpg');

/**
 * The service in local mode under load: photos of 200 kB over 20 connections, then the backlog drains and every accepted
 * request is read. Beside it, what the emulators alone give, and what one core needs for the images alone.
 * @param args seconds of load; 60 by default
 */
export async function run([seconds = '60']: readonly string[]): Promise<void> {
  const duration = wholeNumber('seconds', seconds, 1, 86_400);
  const image = await photoOf200kB();
  await using data = await temporaryFolder('mlg-load-');
  const service = await startService({
    dataDir: data.path,
    port: 0,
    providers: 2,
    every: 2 ** 30,
    settings: { throttling },
  });
  try {
    await report('emulators alone: GET /models', await load(`${service.url}/models`, { duration: 5 }));
    const ids: string[] = [];
    const accepted = await load(`${service.url}/requestPrediction/${model}`, {
      duration,
      requests: [
        {
          method: 'POST',
          headers: { 'content-type': 'image/jpeg' },
          body: image,
          onResponse: (status, body) => {
            if (status === 202) ids.push((JSON.parse(body) as { req_id: string }).req_id);
          },
        },
      ],
    });
    await report(`photos of ${Math.round(image.length / 1000)} kB: POST /requestPrediction/${model}`, accepted);
    console.log(`  one core prepares ${await preparedASecond(image)} such photos a second`);
    await drain(service, ids);
  } finally {
    await service.close();
  }
}

async function photoOf200kB(): Promise<Buffer> {
  const source = sharp(await readFile(photo)).resize(1100);
  return source.jpeg({ quality: 93 }).toBuffer();
}

function load(url: string, options: Partial<autocannon.Options>): Promise<autocannon.Result> {
  return autocannon({ url, connections, timeout: 30, ...options });
}

async function report(what: string, { requests, latency, errors, non2xx, timeouts }: autocannon.Result): Promise<void> {
  console.log(`\n${what}, ${connections} connections`);
  console.log(`  ${requests.average.toFixed(1)} a second; p50 ${latency.p50} ms, p99 ${latency.p99} ms`);
  console.log(`  ${errors} errors, ${timeouts} time-outs, ${non2xx} answers other than 2xx`);
}

async function preparedASecond(image: Uint8Array): Promise<string> {
  const rounds = 50;
  const start = performance.now();
  for (let round = 0; round < rounds; round++) await prepareImage(image, 224);
  return ((1000 * rounds) / (performance.now() - start)).toFixed(0);
}

/** Runs the requestor until nothing is left, then reads every request. */
async function drain(service: Service, ids: readonly string[]): Promise<void> {
  const start = performance.now();
  let left = [...ids];
  for (let runs = 0; left.length > 0 && runs < 20; runs++) {
    await service.tick();
    left = await unfinished(service.url, left);
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(`\n${ids.length} accepted requests drained in ${seconds.toFixed(0)} s; ${left.length} missing`);
  if (left.length > 0) process.exitCode = 1;
}

async function unfinished(url: string, ids: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const id of ids) {
    const { preds } = (await (await fetch(`${url}/readPrediction/${id}`)).json()) as { preds: unknown[] | null };
    if (preds?.length !== 5) left.push(id);
  }
  return left;
}
