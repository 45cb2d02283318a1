import { createReadStream } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { linesOf } from '../process/lines.ts';
import { UsageError } from './errors.ts';
import { type Environment, ownFolder } from './own-folder.ts';

/**
 * Records what was sent, in a file of lines, each a JSON list of address, key and request id. A line that a crash cut off
 * is skipped; without the file, the service still knows the keys for a day.
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
   * @param url of the service; what was sent to others does not count
   * @throws UsageError when the file cannot be written or read
   */
  static async open(file: string, url: string): Promise<Sent> {
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await appendFile(file, '');
      const ids = new Map<string, string>();
      for await (const line of linesOf(createReadStream(file))) {
        const entry = entryOf(line);
        if (entry?.url === url) ids.set(entry.key, entry.id);
      }
      return new Sent(file, url, ids);
    } catch (error) {
      throw new UsageError(`The state file ${file} cannot be used: ${(error as Error).message}.`);
    }
  }

  /** The request that an image was last given. */
  idOf(key: string): string | undefined {
    return this.#ids.get(key);
  }

  async add(key: string, id: string): Promise<void> {
    if (this.#ids.get(key) === id) return;
    this.#ids.set(key, id);
    await appendFile(this.#file, `${JSON.stringify([this.#url, key, id])}\n`);
  }
}

/** Where the file is unless `--state` names another. */
export const defaultStateFile = (env: Environment): string => path.join(ownFolder(env), 'sent.jsonl');

function entryOf(line: string): { url: string; key: string; id: string } | undefined {
  try {
    const [url, key, id] = JSON.parse(line);
    return [url, key, id].every((part) => typeof part === 'string') ? { url, key, id } : undefined;
  } catch {
    return undefined;
  }
}
