import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { UsageError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where mlg keeps what it remembers from one command to the next. */
export const ownFolder = (env: Environment): string =>
  path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'mlg');

/**
 * Returns 256 random bits, hex, that this installation keeps. Services may know a request by its key alone: with the
 * secret in it, no other installation makes the same key for the same picture.
 * @throws UsageError when the file cannot be written or read
 */
export async function installationSecret(env: Environment): Promise<string> {
  const file = path.join(ownFolder(env), 'secret');
  try {
    return (await secretIn(file)) ?? (await newSecretIn(file));
  } catch (error) {
    throw new UsageError(`The file ${file} cannot be used: ${(error as Error).message}.`);
  }
}

async function secretIn(file: string): Promise<string | undefined> {
  let secret: string;
  try {
    secret = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (/^[0-9a-f]{64}$/.test(secret)) return secret;
  throw new Error('it does not hold 64 hex digits. Remove it, and a new one is made');
}

/** Of two programs at once, both get the first one's. */
async function newSecretIn(file: string): Promise<string> {
  const own = `${file}.${randomBytes(8).toString('hex')}`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(own, randomBytes(32).toString('hex'), { mode: 0o600 });
  try {
    // Unlike a file that is created and then written, a link is there as a whole.
    await link(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(own);
  }
  return readFile(file, 'utf8');
}
