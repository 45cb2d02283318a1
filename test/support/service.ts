import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Service, startService } from '../../local/service.ts';
import { checkAnswer, routeOf } from './contract.ts';

const photos = path.join(import.meta.dirname, '..', '..', 'local', 'photos');

/** One of the photos that come with the repository. */
export const photo = (name: string): Promise<Buffer> => readFile(path.join(photos, name));

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mlg-test-'));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** ms: the timer never strikes in a test, runs start by `tick`. */
const never = 2 ** 30;

export function openService(dataDir: string, lines: string[] = []): Promise<Service> {
  return startService({
    dataDir,
    port: 0,
    providers: 2,
    every: never,
    onLine: (from, line) => lines.push(`${from} ${line}`),
  });
}

/** A service for all tests of a `describe` or a file, its folder, and what its parts print. */
export interface ServiceInUse extends Pick<Service, 'url' | 'tick'> {
  readonly folder: string;
  readonly lines: string[];
}

export function useService(): ServiceInUse {
  const lines: string[] = [];
  let folder: Awaited<ReturnType<typeof temporaryFolder>> | undefined;
  let service: Service | undefined;
  beforeAll(async () => {
    folder = await temporaryFolder();
    service = await openService(folder.path, lines);
  }, 60_000);
  afterAll(async () => {
    await service?.close();
    await folder?.remove();
  });
  const running = () => {
    if (!service) throw new Error('The service has not started.');
    return service;
  };
  return {
    lines,
    get url() {
      return running().url;
    },
    tick: () => running().tick(),
    get folder() {
      if (!folder) throw new Error('The service has not started.');
      return folder.path;
    },
  };
}

/** `fetch`, whose answer must be as the contract says. */
export async function call(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  checkAnswer({
    method: init.method ?? 'GET',
    route: routeOf(new URL(url).pathname),
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.clone().text(),
  });
  return response;
}

/** A plain multipart POST, as curl and browsers send it. */
export async function post(url: string, model: string, image: Uint8Array): Promise<Response> {
  const form = new FormData();
  form.append('image', new Blob([Buffer.from(image)]), 'photo');
  return call(`${url}/requestPrediction/${model}`, { method: 'POST', body: form });
}

export async function accepted(url: string, model: string, image: Uint8Array): Promise<string> {
  const response = await post(url, model, image);
  const answer = (await response.json()) as { req_id: string };
  if (response.status !== 202) throw new Error(`refused: ${JSON.stringify(answer)}`);
  return answer.req_id;
}

export interface ReadAnswer {
  readonly preds: [wnid: string, label: string, score: number][] | null;
  readonly status: string;
  readonly attempts: number;
}

export async function read(url: string, id: string, method = 'POST'): Promise<ReadAnswer> {
  return (await (await call(`${url}/readPrediction/${id}`, { method })).json()) as ReadAnswer;
}
