import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const start = path.join(import.meta.dirname, '..', '..', 'local', 'start.ts');

/** Programs of `npm start` that a test starts, so that it can end them all. */
export class Starts {
  readonly #children: ChildProcess[] = [];

  /** Whatever it is told. It prints where nobody looks, but for what it is asked to pipe. */
  spawn(args: readonly string[], stdout: 'pipe' | 'ignore', stderr: 'pipe' | 'inherit', tmpdir?: string): ChildProcess {
    const child = spawn(process.execPath, [start, ...args], {
      stdio: ['ignore', stdout, stderr],
      env: { ...process.env, ...(tmpdir !== undefined && { TMPDIR: tmpdir }) },
    });
    this.#children.push(child);
    return child;
  }

  /** Serves at a free port from `folder`, which it and its processes also have for temporary files. */
  async serve(folder: string, ...args: string[]): Promise<{ child: ChildProcess; url: string }> {
    const child = this.spawn(['--port', '0', '--data', folder, ...args], 'pipe', 'inherit', folder);
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

  async killAll(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  }
}
