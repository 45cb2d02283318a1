import { parseArgs } from 'node:util';
import { number, wholeNumber } from '../../process/options.ts';

export const USAGE = `Runs the whole service with providers that fail and cheat, kills requestors, and checks how every request ended.

  npm run chaos -- [options]

  --seed <n>         which photos, faults and kills (default: a random one, which is printed)
  --requests <n>     how many photos are sent (default 200)
  --faults <share>   of the providers that are faulty, 0 to 1 (default 0.3)
  --kill-every <s>   seconds from one kill to the next, 0 for none (default 20)
  --providers <n>    how many local providers (default 8)
  --lease <s>        how long a killed run's requests stay claimed (default 40)
  --patience <s>     how long the last request may take (default 900)
  --data <dir>       where everything is kept (default: a temporary folder, removed at the end)
  --help

Exits with 1 when a promise was broken.
`;

export interface ChaosOptions {
  readonly seed: number;
  readonly requests: number;
  readonly faults: number;
  readonly killEvery: number;
  readonly providers: number;
  readonly lease: number;
  readonly patience: number;
  readonly dataDir: string | undefined;
  readonly help: boolean;
}

/** @throws OptionError that names the option, its range and what was given */
export function chaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      requests: { type: 'string', default: '200' },
      faults: { type: 'string', default: '0.3' },
      'kill-every': { type: 'string', default: '20' },
      providers: { type: 'string', default: '8' },
      lease: { type: 'string', default: '40' },
      patience: { type: 'string', default: '900' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
    requests: wholeNumber('--requests', values.requests, 1, 100_000),
    faults: number('--faults', values.faults, 0, 1),
    killEvery: wholeNumber('--kill-every', values['kill-every'], 0, 86_400),
    providers: wholeNumber('--providers', values.providers, 2, 64),
    // A run takes at most five seconds less, and needs some to engage anybody.
    lease: wholeNumber('--lease', values.lease, 20, 900),
    patience: wholeNumber('--patience', values.patience, 10, 86_400),
    dataDir: values.data,
    help: values.help,
  };
}
