import { parseArgs } from 'node:util';
import { wholeNumber } from '../process/options.ts';
import type { RunSummary } from '../requestor/summary.ts';
import { runSummary } from './run-summary.ts';
import { startService } from './service.ts';

const help = `Runs the whole service on this machine.

  npm start -- [--port 3000] [--providers 2] [--every 10] [--data .mlg] [--image <folder>] [--api-keys]
               [--verbose]

  --port       the port of the API (0: any free one)
  --providers  how many local Golem providers there are
  --every      seconds from one run of the requestor to the next
  --data       the folder that everything is kept in
  --image      a folder that 'npm run image' has staged, for the providers to run
  --api-keys   take images only from callers with a key; how to make one is printed
  --verbose    print every line of every part`;

/** @throws Error that names the option, its range and what was given */
function options(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '3000' },
      providers: { type: 'string', default: '2' },
      every: { type: 'string', default: '10' },
      data: { type: 'string', default: '.mlg' },
      image: { type: 'string' },
      'api-keys': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    help: values.help,
    verbose: values.verbose,
    settings: { apiKeys: values['api-keys'] },
    dataDir: values.data,
    ...(values.image !== undefined && { providerImage: values.image }),
    port: wholeNumber('--port', values.port, 0, 65_535),
    providers: wholeNumber('--providers', values.providers, 1, 64),
    every: wholeNumber('--every', values.every, 1, 86_400) * 1000,
  };
}

async function start(args: string[]): Promise<void> {
  const { help: wantsHelp, verbose, ...service } = options(args);
  if (wantsHelp) return console.log(help);
  console.log('Starting …');
  const { url, models, keysEnvironment, close } = await startService({
    ...service,
    onLine: (source, line) => print(source, line, verbose),
  });
  console.log(`
mlg serves at ${url} with ${service.providers} local providers; the requestor runs every ${service.every / 1000} s.
Networks installed: ${models.join(', ')}. (npm run zoo -- list shows how to add others.)

Open ${url} in a browser, or try it:
  curl -X POST -F image=@local/photos/cat.jpg '${url}/requestPrediction/starter'
  curl -X POST '${url}/readPrediction/[req_id]'
  curl '${url}/models'

Ctrl-C stops it. Everything is kept in ${service.dataDir}.
`);
  if (service.settings.apiKeys) console.log(howToMakeKeys(keysEnvironment));
  const stop = Promise.withResolvers<void>();
  // 'disconnect': the program that started this one with a channel to it has ended.
  for (const end of ['SIGINT', 'SIGTERM', 'disconnect']) process.on(end, () => stop.resolve());
  await stop.promise;
  console.log('Stopping …');
  await close();
}

function howToMakeKeys(environment: Readonly<Record<string, string>>): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return `Sending an image takes a key (curl -H 'x-api-key: …'). While this runs, make one with:
  ${variables.join(' \\\n    ')} \\
    npm run keys -- make "a friend"
`;
}

/** Prints what a run did; everything else only with --verbose, or when it is an error. */
function print(source: string, line: string, verbose: boolean): void {
  const run = runSummary(line);
  if (verbose || /"level":"(ERROR|FATAL|CRITICAL)"/.test(line)) console.log(`${source} | ${line}`);
  else if (run && run.claimed > 0) console.log(inWords(run));
}

function inWords({ done, claimed, failed_attempts, released, failed, seconds, reasons }: RunSummary): string {
  const counts = [
    `${done} of ${claimed} classified`,
    failed_attempts > 0 && `${failed_attempts} failed attempts`,
    released > 0 && `${released} put back`,
    failed > 0 && `${failed} failed`,
  ];
  const why = reasons.length > 0 ? `: ${reasons.join('; ')}` : '';
  return `run: ${counts.filter(Boolean).join(', ')}, ${seconds.toFixed(1)} s${why}`;
}

try {
  await start(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
