import { readFile } from 'node:fs/promises';
import { type CommandLine, readCommandLine, USAGE } from './command-line.ts';
import { type FaultPlan, type Golem, startGolem } from './index.ts';

try {
  const commandLine = readCommandLine(process.argv.slice(2));
  if (commandLine.help) process.stdout.write(USAGE);
  else await serve(commandLine);
} catch (error) {
  process.stderr.write(`golem: ${error instanceof Error ? error.message : error}\nTry --help.\n`);
  process.exitCode = 1;
}

async function serve({ appKey, dataDir, faultsFile, verbose, ...rest }: CommandLine): Promise<void> {
  const golem = await startGolem({
    ...rest,
    ...(appKey === undefined ? {} : { appKey }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(faultsFile === undefined ? {} : { faults: await readFaults(faultsFile) }),
    ...(verbose ? { log: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`) } : {}),
  });
  closeWhenAsked(golem);
  process.stdout.write(
    `${rest.providers} providers behind ${golem.url}\n` +
      `The SDK finds them with\n\n  export YAGNA_API_URL=${golem.url} YAGNA_APPKEY=${golem.appKey}\n\n` +
      `and payment network hoodi. What is going on: curl -H "Authorization: Bearer $YAGNA_APPKEY" ${golem.url}/stand-in/providers\n`,
  );
  process.send?.({ ready: true, url: golem.url, appKey: golem.appKey });
}

/** What the file holds; `startGolem` says what is wrong with it. */
async function readFaults(file: string): Promise<FaultPlan> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as FaultPlan;
  } catch (error) {
    throw new Error(`--faults ${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Ctrl-C, a service manager's stop, or the end of the program that started this one with a channel to it. */
function closeWhenAsked(golem: Golem): void {
  const close = async (): Promise<void> => {
    await golem.close();
    process.exit(0);
  };
  process.once('SIGINT', close).once('SIGTERM', close);
  if (process.send) process.once('disconnect', close);
}
