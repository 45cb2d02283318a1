import { parseArgs } from 'node:util';
import { families } from '../../core/catalogue.ts';
import { MlgError } from '../../core/errors.ts';
import { build, list, pull, type Settings, synthesize, verifyAll, zooId, zooIdsOf } from './commands.ts';
import { UsageError, ZooError } from './errors.ts';
import { type ZooId, zooIds } from './networks/index.ts';
import { officialFiles, officialUrl } from './official.ts';
import type { Terminal } from './terminal.ts';

const zooFamilies = families.filter((family) => family !== 'starter');

export const usage = `usage: npm run zoo -- <command>
  list                       the networks, and which are installed
  pull <name...>             download the official Keras weights, check, convert and install them
  build <id> <file.h5>       convert and install a weight file that you have
  verify [name...]           build with seeded weights and compare with Keras' own results
  synthesize <name...>       install with seeded weights, for trials
A name is a network's id, a family (${zooFamilies.join(', ')}) or all.
options
  --models <dir>             where networks are installed (.mlg/models)
  --url <prefix>             where pull finds the official files
  --unofficial               build takes other weights than the published ones, and marks them as synthetic`;

/**
 * Runs one command.
 * @param official the published files, which a test replaces
 * @returns the exit code: 0; 1 if it failed or a network does not agree with Keras; 2 for a wrong command line.
 */
export async function runZoo(
  args: readonly string[],
  terminal: Terminal,
  official: Settings['official'] = officialFiles,
): Promise<number> {
  try {
    const { names, ...given } = parse(args);
    const settings = { ...given, official };
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
      return each(terminal, chosen(names), (id) => pull(terminal, id, settings));
    case 'build': {
      const [id, file, ...more] = names;
      if (id === undefined || file === undefined || more.length > 0) {
        throw new UsageError('build takes a network and a file.');
      }
      return each(terminal, [zooId(id)], (network) => build(terminal, network, file, settings));
    }
    case 'verify':
      return verifyAll(terminal, names.length === 0 ? zooIds : chosen(names));
    case 'synthesize':
      return each(terminal, chosen(names), (id) => synthesize(terminal, id, settings));
    default:
      throw new UsageError(command === undefined ? 'Which command?' : `There is no command ${command}.`);
  }
}

function chosen(names: readonly string[]): readonly ZooId[] {
  if (names.length === 0) throw new UsageError('Which networks? Name some, or a family, or say all.');
  return zooIdsOf(names);
}

/** Installs one network after the other. One that fails is told, and the others are still installed. */
async function each(
  terminal: Terminal,
  ids: readonly ZooId[],
  installOne: (id: ZooId) => Promise<void>,
): Promise<boolean> {
  const failed: ZooId[] = [];
  for (const id of ids) {
    try {
      await installOne(id);
    } catch (error) {
      if (!isExpected(error)) throw error;
      terminal.complaint(`${id}: ${error.message}`);
      failed.push(id);
    }
  }
  if (failed.length < ids.length) terminal.line('A service that is running has to be started again to see a change.');
  if (failed.length > 0 && ids.length > 1) terminal.complaint(`Not installed: ${failed.join(', ')}.`);
  return failed.length === 0;
}

function parse(args: readonly string[]): Omit<Settings, 'official'> & { readonly names: readonly string[] } {
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
    return { ...values, url: values.url.replace(/\/*$/, '/'), names: positionals };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Errors that are told in one line, the operating system's among them; anything else is a bug, and shows where. */
function isExpected(error: unknown): error is Error {
  if (error instanceof ZooError || error instanceof MlgError) return true;
  return error instanceof Error && 'syscall' in error;
}
