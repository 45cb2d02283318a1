import { OptionError } from '../process/options.ts';
import { type ExitCode, exitCodes, Refusal, Unreachable, UsageError } from './errors.ts';
import { help } from './help.ts';
import { type Io, printLine } from './io.ts';
import { models } from './models.ts';
import { modelsOptions, predictOptions, readOptions } from './options.ts';
import { predict } from './predict.ts';
import { read } from './read.ts';

type Command = (args: readonly string[], io: Io) => Promise<ExitCode>;

/** A Map: the name comes from the command line, and an object has names of its own, such as `constructor`. */
const commands: ReadonlyMap<string, { readonly run: Command; readonly help: string }> = new Map([
  ['predict', { run: (args, io) => predict(predictOptions(args, io.env), io), help: help.predict }],
  ['read', { run: (args, io) => read(readOptions(args, io.env), io), help: help.read }],
  ['models', { run: (args, io) => models(modelsOptions(args, io.env), io), help: help.models }],
]);

/** Runs one command. */
export async function mlg(args: readonly string[], io: Io): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  try {
    return await dispatch(name, rest, io);
  } catch (error) {
    const code = codeOf(error, io);
    printLine(io.err, code === exitCodes.interrupted ? interrupted : `mlg: ${(error as Error).message}`);
    if (code === exitCodes.misused) printLine(io.err, `See mlg ${commands.has(name) ? `${name} ` : ''}--help.`);
    return code;
  }
}

const interrupted = 'mlg: stopped. Repeat the command to resume.';

async function dispatch(name: string, args: readonly string[], io: Io): Promise<ExitCode> {
  if (name === '' || name === '--help') {
    printLine(io.out, help.mlg);
    return name === '' ? exitCodes.misused : exitCodes.done;
  }
  const command = commands.get(name);
  if (!command) throw new UsageError(`There is no command '${name}'.`);
  if (!args.includes('--help')) return command.run(args, io);
  printLine(io.out, command.help);
  return exitCodes.done;
}

/** @throws the error itself when it is none that can be expected */
function codeOf(error: unknown, { signal }: Io): ExitCode {
  if (signal.aborted) return exitCodes.interrupted;
  if ([UsageError, OptionError, Refusal].some((kind) => error instanceof kind)) return exitCodes.misused;
  if (error instanceof Unreachable) return exitCodes.unreachable;
  throw error;
}
