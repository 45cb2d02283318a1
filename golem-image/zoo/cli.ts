import { parseArgs } from 'node:util';
import { MlgError } from '../../core/errors.ts';
import { build, list, pull, type Settings, synthesize, verifyAll, zooId } from './commands.ts';
import { UsageError, ZooError } from './errors.ts';
import { zooIds } from './networks/index.ts';
import { officialFiles, officialUrl } from './official.ts';
import type { Terminal } from './terminal.ts';

export const usage = `usage: npm run zoo -- <command>
  list                       the networks, and which are installed
  pull <id...|all>           download the official Keras weights, check, convert and install them
  build <id> <file.h5>       convert and install a weight file that you have
  verify [id...]             build with seeded weights and compare with Keras' own results
  synthesize <id...|all>     install with seeded weights, for trials
options
  --models <dir>             where networks are installed (.mlg/models)
  --url <prefix>             where pull finds the official files
  --unofficial               build takes other weights than the published ones, and marks them as synthetic`;

/**
 * Runs one command.
 * @returns the exit code: 0; 1 if it failed or a network does not agree with Keras; 2 for a wrong command line.
 */
export async function runZoo(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { names, ...settings } = parse(args);
    const [command, ...rest] = names;
    return (await dispatch(command, rest, settings, terminal)) ? 0 : 1;
  } catch (error) {
    if (!isExpected(error)) throw error;
    const misused = error instanceof UsageError;
    terminal.complaint(misused ? `${error.message}\n${usage}` : error.message);
    return misused ? 2 : 1;
  }
}

async function dispatch(
  command: string | undefined,
  names: readonly string[],
  settings: Settings,
  terminal: Terminal,
): Promise<boolean> {
  switch (command) {
    case 'list':
      await list(terminal, settings);
      return true;
    case 'pull':
      await pull(terminal, chosen(names), settings);
      return true;
    case 'build': {
      const [id, file, ...more] = names;
      if (id === undefined || file === undefined || more.length > 0) {
        throw new UsageError('build takes a network and a file.');
      }
      await build(terminal, zooId(id), file, settings);
      return true;
    }
    case 'verify':
      return verifyAll(terminal, names.length === 0 ? zooIds : chosen(names));
    case 'synthesize':
      for (const id of chosen(names)) await synthesize(terminal, id, settings);
      return true;
    default:
      throw new UsageError(command === undefined ? 'Which command?' : `There is no command ${command}.`);
  }
}

function chosen(names: readonly string[]) {
  if (names.length === 0) throw new UsageError('Which networks? Name some, or say all.');
  return names.includes('all') ? zooIds : names.map(zooId);
}

function parse(args: readonly string[]): Settings & { readonly names: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        models: { type: 'string', default: '.mlg/models' },
        url: { type: 'string', default: officialUrl },
        unofficial: { type: 'boolean', default: false },
      },
    });
    return { ...values, official: officialFiles, url: values.url.replace(/\/*$/, '/'), names: positionals };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Errors that are told in one line, the operating system's among them; anything else is a bug, and shows where. */
function isExpected(error: unknown): error is Error {
  if (error instanceof ZooError || error instanceof MlgError) return true;
  return error instanceof Error && 'syscall' in error;
}
