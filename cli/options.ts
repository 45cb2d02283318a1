import { parseArgs } from 'node:util';
import { wholeNumber } from '../process/options.ts';
import { UsageError } from './errors.ts';

/** Options of every command. */
export interface CommonOptions {
  readonly url: string;
  readonly json: boolean;
}

export interface PredictOptions extends CommonOptions {
  /** Files, folders and patterns. */
  readonly paths: readonly string[];
  readonly model: string;
  readonly wait: boolean;
  /** s */
  readonly timeout: number;
  /** Concurrent uploads. */
  readonly parallel: number;
  /** Send everything again. */
  readonly again: boolean;
  /** File that records what was sent. */
  readonly state: string | undefined;
}

export interface ReadOptions extends CommonOptions {
  readonly id: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const common = { url: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

/** @throws UsageError or OptionError: names the option, what it takes and what was given */
export function predictOptions(args: readonly string[], env: Environment): PredictOptions {
  const { values, positionals } = parsed(args, {
    ...common,
    model: { type: 'string', default: 'starter' },
    wait: { type: 'boolean', default: false },
    timeout: { type: 'string', default: '3600' },
    parallel: { type: 'string', default: '4' },
    again: { type: 'boolean', default: false },
    state: { type: 'string' },
  });
  if (positionals.length === 0) throw new UsageError('Which images? Give files, folders or patterns.');
  return {
    url: urlOf(values.url, env),
    json: values.json === true,
    paths: positionals,
    model: String(values.model),
    wait: values.wait === true,
    timeout: wholeNumber('--timeout', String(values.timeout), 1, 86_400),
    parallel: wholeNumber('--parallel', String(values.parallel), 1, 16),
    again: values.again === true,
    state: values.state as string | undefined,
  };
}

/** @throws UsageError */
export function readOptions(args: readonly string[], env: Environment): ReadOptions {
  const { values, positionals } = parsed(args, common);
  const [id, ...others] = positionals;
  if (!id || others.length > 0) throw new UsageError('Which request? Give one id, as mlg predict prints it.');
  return { url: urlOf(values.url, env), json: values.json === true, id };
}

/** @throws UsageError */
export function modelsOptions(args: readonly string[], env: Environment): CommonOptions {
  const { values, positionals } = parsed(args, common);
  if (positionals.length > 0) throw new UsageError(`mlg models takes nothing but options, not '${positionals[0]}'.`);
  return { url: urlOf(values.url, env), json: values.json === true };
}

function parsed(args: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function urlOf(given: unknown, env: Environment): string {
  const text = String(given ?? env.MLG_URL ?? 'http://127.0.0.1:3000');
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError(`'${text}' is not the address of a service. One is http://127.0.0.1:3000.`);
  }
  return text.replace(/\/+$/, '');
}
