import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bars, LiveLine } from '../cli/terminal.ts';
import type { Prediction } from '../core/predictions.ts';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { runSummary } from './run-summary.ts';
import { type Service, startService } from './service.ts';

const photo = path.join(import.meta.dirname, 'photos', 'cat.jpg');
const model = 'starter';
/** ms; the whole demo must end within a minute. */
const patienceMs = 50_000;
const pollMs = 200;

/** The main job, once, on throw-away data: a photo in over HTTP, its classes out. */
async function demo(line: LiveLine): Promise<readonly Prediction[]> {
  await using data = await temporaryFolder('mlg-demo-');
  let service: Service | undefined;
  let lastReasons: readonly string[] = [];
  const onLine = (_source: string, text: string) => {
    lastReasons = runSummary(text)?.reasons ?? lastReasons;
  };
  try {
    line.show('Starting the service: API, storage, queue, and a local Golem with 2 providers');
    service = await startService({ dataDir: data.path, port: 0, providers: 2, every: 3_000, onLine });
    line.show(`Sending ${path.relative(process.cwd(), photo)} to ${service.url}/requestPrediction/${model}`);
    const id = await requestPrediction(service.url);
    return await awaitPrediction(service.url, id, line);
  } catch (error) {
    if (lastReasons.length === 0) throw error;
    const reasons = lastReasons.join('; ');
    throw new Error(`${error instanceof Error ? error.message : error} The last run said: ${reasons}`, {
      cause: error,
    });
  } finally {
    await service?.close();
    line.end();
  }
}

async function requestPrediction(url: string): Promise<string> {
  const form = new FormData();
  form.append('image', new Blob([await readFile(photo)], { type: 'image/jpeg' }), 'cat.jpg');
  const response = await fetch(`${url}/requestPrediction/${model}`, { method: 'POST', body: form });
  const answer = (await response.json()) as { req_id?: string; reason?: string };
  if (!answer.req_id) throw new Error(`The service refused the photo (${response.status}): ${answer.reason}`);
  return answer.req_id;
}

const doing: Record<string, string> = {
  pending: 'Accepted. Waiting for the next run of the requestor',
  running: 'A run has taken it: a provider is being engaged and classifies',
};

async function awaitPrediction(url: string, id: string, line: LiveLine): Promise<readonly Prediction[]> {
  const start = Date.now();
  while (Date.now() - start < patienceMs) {
    const response = await fetch(`${url}/readPrediction/${id}`, { method: 'POST' });
    const answer = (await response.json()) as {
      preds: Prediction[] | null;
      status: string;
      error: { message: string } | null;
    };
    if (answer.preds) return answer.preds;
    if (answer.status === 'failed') throw new Error(answer.error?.message ?? 'The request failed.');
    line.show(doing[answer.status] ?? answer.status, ` … ${((Date.now() - start) / 1000).toFixed(0)} s`);
    await pause(pollMs);
  }
  throw new Error(`There is no answer after ${patienceMs / 1000} s.`);
}

const line = new LiveLine(process.stdout);
const start = Date.now();
try {
  const predictions = await demo(line);
  console.log(`\n${path.basename(photo)}, by ${model}:\n`);
  for (const bar of bars(predictions)) console.log(`  ${bar}`);
  console.log(`\nFrom start to answer and everything shut down again: ${((Date.now() - start) / 1000).toFixed(1)} s.`);
} catch (error) {
  line.end();
  console.error(`The demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
