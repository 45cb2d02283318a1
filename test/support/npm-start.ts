import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach } from 'vitest';
import { temporaryFolder } from './service.ts';

const start = path.join(import.meta.dirname, '..', '..', 'local', 'start.ts');

/** `npm start` on a folder of its own for each test of a `describe`; what a test has started, ends with it. */
export function useStarts(): Starts {
  const starts = new Starts();
  beforeEach(() => starts.open());
  afterEach(() => starts.close());
  return starts;
}

class Starts {
  #folder: Awaited<ReturnType<typeof temporaryFolder>> | undefined;
  readonly #children: ChildProcess[] = [];

  /** Where it keeps everything. */
  get folder(): string {
    if (!this.#folder) throw new Error('There is a folder within a test only.');
    return this.#folder.path;
  }

  async open(): Promise<void> {
    this.#folder = await temporaryFolder();
  }

  /** Whatever it is told. It prints where nobody looks, but for what it is asked to pipe. */
  spawn(args: readonly string[], stdout: 'pipe' | 'ignore', stderr: 'pipe' | 'inherit', tmpdir?: string): ChildProcess {
    const child = spawn(process.execPath, [start, ...args], {
      stdio: ['ignore', stdout, stderr],
      env: { ...process.env, ...(tmpdir !== undefined && { TMPDIR: tmpdir }) },
    });
    this.#children.push(child);
    return child;
  }

  /** Serves at a free port from the folder, which it and its processes also have for temporary files. */
  async serve(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
    const child = this.spawn(['--port', '0', '--data', this.folder, ...args], 'pipe', 'inherit', this.folder);
    const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
    for await (const line of lines) {
      const url = /^mlg serves at (\S+)/.exec(line)?.[1];
      if (url) {
        child.stdout?.resume();
        return { child, url };
      }
    }
    throw new Error('npm start ended before it served.');
  }

  async close(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await this.#folder?.remove();
  }
}
