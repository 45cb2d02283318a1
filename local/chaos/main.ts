import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryFolder } from '../../process/temporary-folder.ts';
import type { RunEvent } from '../cloud/index.ts';
import { random } from '../golem/index.ts';
import { type Service, startService } from '../service.ts';
import { Completions } from './completions.ts';
import { Killer } from './killer.ts';
import { Ledger } from './ledger.ts';
import { misbehaviour } from './misbehaviour.ts';
import { type ChaosOptions, chaosOptions, USAGE } from './options.ts';
import { type Photo, photosWithTruth } from './photos.ts';
import { processesOf } from './processes.ts';
import { StandInControl } from './stand-in-control.ts';
import { brokenPromises, strikesOf } from './verdict.ts';

/** How many photos are on their way at a time. */
const senders = 3;
/** Seconds by which a run must end before its leases do. */
const runMargin = 5;
/** Seconds that a run may take to end when its time is over: shutdown, settlement, and a busy machine. */
const endMargin = 60;
/** Seconds of the stages at Golem, and until a requestor that reads no events is lost. */
const stages = { ENGAGE_SECONDS: '10', CHUNK_SECONDS: '8' };
const sessionTimeout = 5;
/** The stand-in with the faults of answers beside its own. */
const program = path.join(import.meta.dirname, 'golem.ts');
const progressMs = 20_000;
/** ms between two looks at all open requests. */
const lookMs = 1_000;
/** Seconds until debts and orphans of the last killed runs are settled. */
const settleSeconds = 120;

async function chaos(options: ChaosOptions, dataDir: string): Promise<boolean> {
  const { seed, requests, lease, killEvery } = options;
  const [chance, startedAt] = [random(seed), Date.now()];
  const photos = await photosWithTruth();
  const longestRun = lease - runMargin + endMargin;
  const [runs, completions] = [new RunWatch(longestRun), new Completions()];
  const service = await startService({
    dataDir,
    port: 0,
    providers: options.providers,
    every: 1_000,
    golem: { program, sessionTimeout },
    environment: { ...stages, LEASE_SECONDS: `${lease}`, RUN_SECONDS: `${lease - runMargin}` },
    onRun: (event) => runs.note(event),
    onItem: (item) => completions.note(item),
  });
  const control = new StandInControl(service.golem);
  const ledger = new Ledger(service.url);
  const killer = new Killer(dataDir, random(seed + 1));
  try {
    await control.setFaults(misbehaviour(seed, options.faults, options.providers));
    killer.start(killEvery * 1000);
    const album = Array.from({ length: requests }, () => photos[Math.floor(chance() * photos.length)] as Photo);
    const sender = async () => {
      for (let photo = album.pop(); photo; photo = album.pop()) await ledger.send(photo);
    };
    const sending = Promise.all(Array.from({ length: senders }, sender));
    await untilAllEnded(ledger, sending, options, startedAt);
    killer.stop();
    const { rules } = await control.faults();
    await control.setFaults([]);
    const report = await settled(service, control, longestRun);
    await ledger.lookAgain();
    await service.close();
    const leaked = await processesOf(dataDir);
    const seen = { completedTwice: completions.repeated, hangs: runs.hangs, leaked };
    const outcome = { counts: ledger.counts(), report, rules, ...seen };
    const broken = brokenPromises(outcome);
    print({
      seed,
      seconds: Math.round((Date.now() - startedAt) / 1000),
      ...outcome.counts,
      runs: runs.runs,
      kills: killer.kills,
      faultsStruck: strikesOf(rules),
      cheats: strikesOf(rules, (fault) => fault === 'answer-swapped' || fault === 'answer-false-classes'),
      agreements: report.agreements,
      invoices: report.invoices,
      withheldInvoices: report.unbilledByFault.length,
      broken,
      ...(leaked.length > 0 && { leaked }),
    });
    return Object.values(broken).every((count) => count === 0);
  } finally {
    killer.stop();
    await service.close();
  }
}

async function untilAllEnded(
  ledger: Ledger,
  sending: Promise<unknown>,
  { requests, patience }: ChaosOptions,
  startedAt: number,
): Promise<void> {
  let sent = false;
  const sendingEnds = sending.then(() => {
    sent = true;
  });
  // Its failure is seen in the loop, if nothing else fails before.
  sendingEnds.catch(() => {});
  let deadline = Number.POSITIVE_INFINITY;
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    console.log(`${seconds} s: ${ledger.accepted} of ${requests} sent, ${ledger.open} open`);
  }, progressMs);
  try {
    while (!sent || ledger.open > 0) {
      await (sent ? pause(lookMs) : Promise.race([pause(lookMs), sendingEnds]));
      if (sent && deadline === Number.POSITIVE_INFINITY) deadline = Date.now() + patience * 1000;
      if (Date.now() > deadline) return;
      await ledger.look();
    }
  } finally {
    clearInterval(progress);
  }
}

/**
 * What is open at the stand-in once the next runs have cleaned up after those that were killed.
 * @param longestRun seconds
 */
async function settled(service: Service, control: StandInControl, longestRun: number) {
  const deadline = Date.now() + settleSeconds * 1000;
  for (;;) {
    // One that hangs is ended when the service closes.
    const run = service.tick();
    run.catch(() => {});
    await Promise.race([run, pause(longestRun * 1000, undefined, { ref: false })]);
    const report = await control.report();
    const open = report.openAgreements.length + report.unpaidInvoices.length + report.processGroups.length;
    if (open === 0 || Date.now() > deadline) return report;
    await pause(2_000);
  }
}

/** How many runs there are, and how long they take. */
class RunWatch {
  runs = 0;
  hangs = 0;
  readonly #longest: number;

  /** @param longest seconds */
  constructor(longest: number) {
    this.#longest = longest;
  }

  note(event: RunEvent): void {
    if (event.type === 'started') this.runs++;
    else if (event.end.seconds > this.#longest) this.hangs++;
  }
}

function print(figures: object): void {
  for (const [name, value] of Object.entries(figures)) {
    console.log(`${name.padEnd(18)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  }
}

try {
  const options = chaosOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const folder = options.dataDir ?? (await temporaryFolder('mlg-chaos-')).path;
  await mkdir(folder, { recursive: true });
  const dataDir = await realpath(folder);
  // It marks the processes that the service starts.
  process.env.TMPDIR = dataDir;
  console.log(`seed ${options.seed}`);
  const kept = await chaos(options, dataDir);
  console.log(kept ? 'Every promise was kept.' : `A promise was broken: --seed ${options.seed}`);
  process.exit(kept ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
