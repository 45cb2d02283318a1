import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../../process/options.ts';
import { SESSION_TIMEOUT_SEC } from './options.ts';
import type { Image } from './provider/images.ts';
import { MOST_PROVIDERS } from './provider/settings.ts';

export const USAGE = `A yagna daemon's stand-in with local providers, to try the Golem SDK without the network.

  npm run golem -- [options]

  --providers <n>        how many providers (default 4)
  --port <p>             port on 127.0.0.1, 0 for any free one (default 7465)
  --image <hash>=<dir>   the programs of this image are in <dir>/bin; may be repeated.
                         Images that are not named run with the machine's own programs.
  --strict-images        refuse images that are not named
  --data <dir>           where the providers' working directories go (default: the temporary folder)
  --session-timeout <s>  a requestor that reads no events for so long is lost, and its agreements end (default 30)
  --faults <file>        JSON: what goes wrong, where and when (docs/local.md)
  --verbose              print what happens, one JSON line per event
  --help

The key that requestors must use is read from YAGNA_AUTOCONF_APPKEY, as the daemon does; by default it is a random one.
`;

export interface CommandLine {
  readonly providers: number;
  readonly port: number;
  readonly images: readonly Image[];
  readonly anyImage: boolean;
  readonly dataDir: string | undefined;
  readonly sessionTimeoutSec: number;
  readonly faultsFile: string | undefined;
  readonly verbose: boolean;
  readonly help: boolean;
}

/** Reads the program's arguments, or throws what is wrong with them. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      providers: { type: 'string', default: '4' },
      port: { type: 'string', default: '7465' },
      image: { type: 'string', multiple: true, default: [] },
      'strict-images': { type: 'boolean', default: false },
      data: { type: 'string' },
      'session-timeout': { type: 'string', default: String(SESSION_TIMEOUT_SEC) },
      faults: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    providers: wholeNumber('--providers', values.providers, 1, MOST_PROVIDERS),
    port: wholeNumber('--port', values.port, 0, 65_535),
    images: values.image.map(readImage),
    anyImage: !values['strict-images'],
    dataDir: values.data,
    sessionTimeoutSec: wholeNumber('--session-timeout', values['session-timeout'], 1, 86_400),
    faultsFile: values.faults,
    verbose: values.verbose,
    help: values.help,
  };
}

function readImage(text: string): Image {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new RangeError(`--image takes <hash>=<dir>, not ${text}`);
  return { hash: text.slice(0, at), root: resolve(text.slice(at + 1)) };
}
