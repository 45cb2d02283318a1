import { setTimeout as pause } from 'node:timers/promises';
import { endOnClosedPipe } from '../process/closed-pipe.ts';
import { mlg } from './mlg.ts';

endOnClosedPipe();

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('Ctrl-C')));

process.exitCode = await mlg(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  fetch,
  pause: (ms) => pause(ms, undefined, { signal: stop.signal }).catch(() => undefined),
  random: Math.random,
  clock: Date.now,
  signal: stop.signal,
});
