import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Io } from '../../cli/io.ts';
import { mlg } from '../../cli/mlg.ts';
import type { Failure } from '../../core/request.ts';
import { listModels } from '../../functions/list-models.ts';
import { readPrediction } from '../../functions/read-prediction.ts';
import { installed, setUp } from '../functions/setup.ts';
import { apiFetch } from '../support/api.ts';
import { MemoryRunHistory } from '../support/memory.ts';
import { stepsOn } from '../support/steps.ts';

export const url = 'http://mlg.example';

const predictions = [
  ['n02124075', 'Egyptian_cat', 0.75],
  ['n02123045', 'tabby', 0.125],
  ['n02123159', 'tiger_cat', 0.0625],
  ['n02127052', 'lynx', 0.03125],
  ['n02123394', 'Persian_cat', 0.015625],
] as const;

/** The command line against a service in memory, in a folder of its own. */
export async function openCli() {
  const folder = await mkdtemp(path.join(tmpdir(), 'mlg-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const service = setUp();
  const { rows, services, log } = service;
  const history = new MemoryRunHistory();
  const serve = apiFetch({
    'POST /requestPrediction/{model}': service.fn,
    'GET /readPrediction/{id}': readPrediction({ ...services, history }, log),
    'GET /models': listModels(installed, log),
  });
  const calls: string[] = [];
  const pauses: number[] = [];
  const stop = new AbortController();
  const world = {
    ...{ folder, rows, history, calls, pauses, stop },
    /** What stands between the program and the service. */
    network: serve,
    serve,
    /** What happens while the program pauses. */
    meanwhile: async () => {},
    env: { XDG_CACHE_HOME: path.join(folder, 'cache') } as Record<string, string>,
    path: (name: string) => path.join(folder, name),
    async write(name: string, bytes: Uint8Array | string) {
      await writeFile(path.join(folder, name), bytes);
      return path.join(folder, name);
    },
    /** Ends all that is pending, as a run would. */
    async run(model: 'starter' | 'resnet50' = 'starter') {
      for await (const { id } of rows.pending(model)) {
        await stepsOn(rows).claim(id, { owner: 'run', until: Infinity }, 0);
        await stepsOn(rows).complete(id, 'run', { predictions, weights: 'official', provider: '0xp' }, 0);
      }
    },
    /** Requests that wait for a run. */
    async pending() {
      let count = 0;
      for await (const _ of rows.pending('starter')) count++;
      return count;
    },
    /** Ends all that is pending without an answer. */
    async fail(reason: Failure) {
      for await (const { id } of rows.pending('starter')) {
        await stepsOn(rows).claim(id, { owner: 'run', until: Infinity }, 0);
        await stepsOn(rows).fail(id, 'run', reason, 0);
      }
    },
    async mlg(...args: string[]) {
      const out: string[] = [];
      const err: string[] = [];
      const io: Io = {
        out: { write: (text) => out.push(text) },
        err: { write: (text) => err.push(text) },
        env: { MLG_URL: url, ...world.env },
        fetch: (input, init) => {
          calls.push(`${init?.method ?? 'GET'} ${new URL(String(input)).pathname.split('/')[1]}`);
          return world.network(input, init);
        },
        pause: async (ms) => {
          pauses.push(ms);
          await world.meanwhile();
        },
        random: () => 0.5,
        clock: () => pauses.reduce((sum, ms) => sum + ms, 0),
        signal: stop.signal,
      };
      const code = await mlg(args, io);
      return { code, out: out.join(''), err: err.join('') };
    },
    /** How often an image was sent. */
    sent: () => calls.filter((call) => call.startsWith('POST')).length,
  };
  return world;
}
