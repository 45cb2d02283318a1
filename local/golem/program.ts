import { readFile } from 'node:fs/promises';
import { type CommandLine, readCommandLine, USAGE } from './command-line.ts';
import { type FaultPlan, type Golem, startGolem, type Tampering } from './index.ts';

/**
 * The program `npm run golem`: runs until it is asked to end, or prints what is wrong and sets the exit code.
 * @param tampering faults beside the stand-in's own
 */
export async function runGolem(args: readonly string[], tampering?: Tampering): Promise<void> {
  try {
    const commandLine = readCommandLine(args);
    if (commandLine.help) process.stdout.write(USAGE);
    else await serve(commandLine, tampering);
  } catch (error) {
    process.stderr.write(`golem: ${error instanceof Error ? error.message : error}\nTry --help.\n`);
    process.exitCode = 1;
  }
}

async function serve(commandLine: CommandLine, tampering: Tampering | undefined): Promise<void> {
  const { dataDir, faultsFile, verbose, ...rest } = commandLine;
  const { YAGNA_AUTOCONF_APPKEY: appKey } = process.env;
  const golem = await startGolem({
    ...rest,
    ...(appKey ? { appKey } : {}),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(faultsFile === undefined ? {} : { faults: await readFaults(faultsFile) }),
    ...(tampering && { tampering }),
    ...(verbose ? { log: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`) } : {}),
  });
  closeWhenAsked(golem);
  process.stdout.write(
    `${rest.providers} providers behind ${golem.url}\n` +
      `The SDK finds them with\n\n  export YAGNA_API_URL=${golem.url} YAGNA_APPKEY=${golem.appKey}\n\n` +
      `and payment network ${golem.network}. What is going on: curl -H "Authorization: Bearer $YAGNA_APPKEY" ${golem.url}/stand-in/providers\n`,
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
