import { type ExitCode, exitCodes, Refusal, Unreachable, UsageError } from './errors.ts';
import { help } from './help.ts';
import { type Io, printLine } from './io.ts';
import { models } from './models.ts';
import { modelsOptions, predictOptions, readOptions } from './options.ts';
import { predict } from './predict.ts';
import { read } from './read.ts';

/** Runs one command. */
export async function mlg(args: readonly string[], io: Io): Promise<ExitCode> {
  const [command = '', ...rest] = args;
  try {
    return await dispatch(command, rest, io);
  } catch (error) {
    const code = codeOf(error, io);
    printLine(io.err, code === exitCodes.interrupted ? interrupted : `mlg: ${(error as Error).message}`);
    if (code === exitCodes.misused) printLine(io.err, `mlg ${command in help ? command : ''} --help tells more.`);
    return code;
  }
}

const interrupted = 'mlg: stopped. The same command goes on where this one was.';

async function dispatch(command: string, args: readonly string[], io: Io): Promise<ExitCode> {
  const text = help[command === '--help' ? '' : command];
  if (text === undefined) throw new UsageError(`There is no command '${command}'.`);
  if (command === '' || command === '--help' || args.includes('--help')) {
    printLine(io.out, text);
    return command === '' ? exitCodes.misused : exitCodes.done;
  }
  if (command === 'predict') return predict(predictOptions(args, io.env), io);
  if (command === 'read') return read(readOptions(args, io.env), io);
  return models(modelsOptions(args, io.env), io);
}

/** @throws the error itself when it is none that can be expected */
function codeOf(error: unknown, { signal }: Io): ExitCode {
  if (signal.aborted) return exitCodes.interrupted;
  if (error instanceof UsageError || error instanceof Refusal) return exitCodes.misused;
  if (error instanceof Unreachable) return exitCodes.unreachable;
  throw error;
}
