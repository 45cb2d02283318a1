import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { DamagedData } from './damaged-data.ts';
import { region } from './template.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Settings of the AWS clients of one local cloud: its emulators serve nobody else. */
export interface LocalAws {
  readonly region: string;
  readonly credentials: Credentials;
}

const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const kept = v.object({ accessKeyId: hex(20), secretAccessKey: hex(64) });

/**
 * Returns the credentials that a file keeps; makes them, and a file that its user alone can read, when there is none.
 * They stay the same, so that forms and commands outlive a restart.
 * @throws DamagedData when it holds something else
 */
export async function localAws(file: string): Promise<LocalAws> {
  const made = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(32).toString('hex') };
  try {
    await writeFile(file, JSON.stringify(made), { flag: 'wx', mode: 0o600 });
    return { region, credentials: made };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    return { region, credentials: v.parse(kept, JSON.parse(await readFile(file, 'utf8'))) };
  } catch (error) {
    throw new DamagedData('The local cloud’s credentials', file, error);
  }
}
