import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { UsageError } from './errors.ts';

/**
 * What was sent before: a file of lines, each a JSON list of address, key and request id. A line that was cut off by a
 * crash is skipped; without the file, the service still knows the keys for a day.
 */
export class Sent {
  readonly #file: string;
  readonly #url: string;
  readonly #ids: Map<string, string>;

  private constructor(file: string, url: string, ids: Map<string, string>) {
    this.#file = file;
    this.#url = url;
    this.#ids = ids;
  }

  /**
   * @param url of the service; what was sent elsewhere does not count
   * @throws UsageError when the file is not one that can be kept
   */
  static async open(file: string, url: string): Promise<Sent> {
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await appendFile(file, '');
      const lines = (await readFile(file, 'utf8')).split('\n');
      const entries = lines.map(entryOf).filter((entry) => entry?.url === url);
      return new Sent(file, url, new Map(entries.map((entry) => [entry?.key ?? '', entry?.id ?? ''])));
    } catch (error) {
      throw new UsageError(`The state file ${file} cannot be kept: ${(error as Error).message}.`);
    }
  }

  /** The request that an image was given the last time. */
  idOf(key: string): string | undefined {
    return this.#ids.get(key);
  }

  async add(key: string, id: string): Promise<void> {
    if (this.#ids.get(key) === id) return;
    this.#ids.set(key, id);
    await appendFile(this.#file, `${JSON.stringify([this.#url, key, id])}\n`);
  }
}

/** Where it is kept when nobody says where. */
export function defaultStateFile(env: Readonly<Record<string, string | undefined>>): string {
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'mlg', 'sent.jsonl');
}

function entryOf(line: string): { url: string; key: string; id: string } | undefined {
  try {
    const [url, key, id] = JSON.parse(line);
    return [url, key, id].every((part) => typeof part === 'string') ? { url, key, id } : undefined;
  } catch {
    return undefined;
  }
}
