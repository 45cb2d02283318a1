import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Child } from '../../process/supervise.ts';
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
  readonly #children: Child[] = [];

  /** Where it keeps everything. */
  get folder(): string {
    if (!this.#folder) throw new Error('There is a folder within a test only.');
    return this.#folder.path;
  }

  async open(): Promise<void> {
    this.#folder = await temporaryFolder();
  }

  run(args: readonly string[], onLine: (line: string) => void, tmpdir?: string): Child {
    const env = { ...process.env, ...(tmpdir !== undefined && { TMPDIR: tmpdir }) };
    const child = new Child({ args: [start, ...args], env, onLine });
    this.#children.push(child);
    return child;
  }

  /** Serves at a free port from the folder, which it and its processes also have for temporary files. */
  async serve(...args: string[]): Promise<{ child: Child; url: string }> {
    const { promise: url, resolve, reject } = Promise.withResolvers<string>();
    const lines: string[] = [];
    const read = (line: string) => {
      lines.push(line);
      const [, url] = /^mlg serves at (\S+)/.exec(line) ?? [];
      if (url) resolve(url);
    };
    const child = this.run(['--port', '0', '--data', this.folder, ...args], read, this.folder);
    void child.ended.then(() => reject(new Error(`npm start ended before it served: ${lines.join('\n')}`)));
    return { child, url: await url };
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.splice(0).map((child) => child.end(0)));
    await this.#folder?.remove();
  }
}
