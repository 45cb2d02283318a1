import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** What a program took, from its start to its end. */
export interface Measured {
  readonly wallMs: number;
  /** Of all its threads. */
  readonly cpuMs: number;
  /** The most memory that it held at once (resident set), in MiB. */
  readonly peakMib: number;
  readonly stdout: string;
}

const reporter = new URL('report-usage.mjs', import.meta.url).href;

/**
 * Runs a program of this repository in a Node process of its own.
 * @param program as `import.meta.resolve` gives it
 * @throws Error with the program's own words when it fails
 */
export async function measured(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const started = performance.now();
  const child: ChildProcess = spawn(process.execPath, ['--import', reporter, fileURLToPath(program), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const exit = once(child, 'exit').then(([code]) => ({ code, wallMs: performance.now() - started }));
  const [{ code, wallMs }, stdout, stderr, usage] = await Promise.all([
    exit,
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    text(child.stdio[3] as Readable),
  ]);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr.trim()}`);
  const { cpuMs, peakMib } = JSON.parse(usage) as Pick<Measured, 'cpuMs' | 'peakMib'>;
  return { wallMs, cpuMs, peakMib, stdout };
}
