import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { type Model, type ModelId, modelById, tensorBytes } from '../../core/catalogue.ts';
import { encodeChunk } from '../../core/chunk-file.ts';
import type { PackedChunk } from '../../core/chunks.ts';
import type { DayBudget } from '../../core/day-budget.ts';
import { MlgError, ProviderError } from '../../core/errors.ts';
import type { ChunkReply, Clock, RunCost } from '../../core/ports.ts';
import { wrongAnswers } from '../../local/chaos/wrong-answers.ts';
import { type FaultRule, type Golem, type GolemOptions, type Report, startGolem } from '../../local/golem/index.ts';
import type { Deadlines } from '../../requestor/golem/deadlines.ts';
import { GolemProviders } from '../../requestor/golem/golem-providers.ts';
import type { GolemSettings } from '../../requestor/golem/settings.ts';
import { MemoryDayBudget } from '../support/memory-day-budget.ts';

const imageHash = 'c'.repeat(56);
const modelHash = 'd'.repeat(64);
const image = { url: 'http://images.invalid/image', hash: imageHash };

/** A hundredth of what a real network needs, and still long enough for the SDK on a busy machine. */
const deadlines: Partial<Deadlines> = {
  connect: 8_000,
  shutdown: 3_000,
  orphan: 1_000,
  heartbeat: 200,
  silence: 15_000,
  reconcile: 3_000,
  familyAge: 600_000,
  grace: 3_000,
};

export interface RunOptions {
  readonly faults?: readonly FaultRule[];
  readonly golem?: Partial<GolemOptions>;
  readonly settings?: Partial<GolemSettings>;
  readonly deadlines?: Partial<Deadlines>;
  readonly clock?: Clock;
  readonly dayBudget?: DayBudget;
}

/** Result of a chunk: its answers, or the code of the error. */
export type End = ChunkReply['answers'] | string;

/** The requestor's side of Golem against a stand-in, for one test. */
export class GolemRun {
  readonly golem: Golem;
  readonly providers: GolemProviders;
  /** What chunks failed with. */
  readonly errors: string[] = [];
  readonly #providerOf = new Map<End, string>();
  #closed: Promise<RunCost> | undefined;

  private constructor(golem: Golem, providers: GolemProviders) {
    this.golem = golem;
    this.providers = providers;
  }

  /** Ends with the test, however it ends. */
  static async start(
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    options: RunOptions = {},
  ): Promise<GolemRun> {
    const root = await imageRoot();
    const golem = await startGolem({
      providers: 2,
      images: [{ hash: imageHash, root }],
      tampering: wrongAnswers(),
      ...(options.faults && { faults: options.faults }),
      ...options.golem,
    });
    const run = new GolemRun(golem, await openProviders(golem, options));
    onTestFinished(async () => {
      await run.close().catch(() => {});
      await golem.close();
      await rm(root, { recursive: true, force: true });
    });
    return run;
  }

  /** Has a chunk of so many images classified, as the requestor's domain does. */
  async classify(count = 2, signal = new AbortController().signal): Promise<End> {
    try {
      const { provider, answers } = await this.providers.ask(chunkOf(count), { signal });
      this.#providerOf.set(answers, provider);
      return answers;
    } catch (error) {
      if (error instanceof ProviderError && error.provider) this.providers.blame(error.provider, error.message);
      if (error instanceof MlgError) {
        this.errors.push(error.message);
        return error.code;
      }
      throw error;
    }
  }

  /** Ends the run as the requestor does. */
  close(): Promise<RunCost> {
    this.#closed ??= this.providers.close();
    return this.#closed;
  }

  /** The name of whoever gave the answers. */
  async workerOf(end: End): Promise<string | undefined> {
    const provider = this.#providerOf.get(end);
    return provider && ((await this.names()).get(provider) ?? provider);
  }

  /** The providers' names, by node id. */
  async names(): Promise<ReadonlyMap<string, string>> {
    const response = await fetch(`${this.golem.url}/stand-in/providers`, {
      headers: { Authorization: `Bearer ${this.golem.appKey}` },
    });
    const known = (await response.json()) as { id: string; name: string }[];
    return new Map(known.map(({ id, name }) => [id, name]));
  }

  /** Its family processes that are alive: those with this run's key in their environment. */
  async processes(): Promise<number[]> {
    const pids = await familyProcesses();
    const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
    return pids.filter((_, index) => environments[index]?.includes(`YAGNA_APPKEY=${this.golem.appKey}`));
  }

  report(): Promise<Report> {
    return this.golem.report();
  }
}

/** A requestor's side of a daemon that is there already. */
export function openProviders(golem: Golem, options: RunOptions = {}): Promise<GolemProviders> {
  return GolemProviders.open({
    apiKey: golem.appKey,
    clock: options.clock ?? Date.now,
    log: { warn: () => {} },
    dayBudget: options.dayBudget ?? new MemoryDayBudget(),
    installed: {
      starter: { sha256: modelHash, weights: 'official' },
      densenet121: { sha256: modelHash, weights: 'official' },
    },
    deadlines: { ...deadlines, ...options.deadlines },
    settings: {
      apiUrl: golem.url,
      network: 'hoodi',
      images: { starter: image, densenet: image },
      providersPerFamily: 2,
      limits: { start: 0.01, cpuHour: 0.1, envHour: 0.1 },
      engageSeconds: 9,
      chunkSeconds: 5,
      budget: 1,
      dayBudget: 10,
      agreementCap: 1,
      maxThreads: 8,
      ...options.settings,
    },
  });
}

/** What must never be left after a run, whatever happened in it. */
export const nothingLeft = {
  processGroups: [],
  demands: [],
  openAgreements: [],
  openActivities: [],
  services: [],
  sockets: 0,
  wronglyBilled: [],
  doublyPaid: [],
};

/** The family processes of this test's requestors that are alive. */
export async function familyProcesses(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [stat, command] = await Promise.all(
        ['stat', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      const [state, parent] = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
      return command?.includes('family-main.ts') && state !== 'Z' && Number(parent) === process.pid;
    }),
  );
  return pids.filter((_, index) => found[index]);
}

let chunks = 0;

/** Each chunk is another one: its number is in its first pixels. */
export function chunkOf(count: number, id: ModelId = 'starter'): PackedChunk {
  const model = modelById(id) as Model;
  const images = Array.from({ length: count }, (_, i) => new Uint8Array(tensorBytes(model)).fill(i));
  new DataView((images[0] as Uint8Array).buffer).setUint32(0, ++chunks);
  return { model, count, bytes: encodeChunk(model.id, model.size, model.size, images) };
}

/** An image whose classify takes no network: it answers with classes 0, 1, 2, 3, 4 for the first image, 1 to 5 for the next. */
async function imageRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'mlg-image-'));
  const program = join(root, 'bin', 'classify');
  await mkdir(join(root, 'bin'));
  await writeFile(program, classify);
  await chmod(program, 0o755);
  return root;
}

const classify = `#!/bin/sh
set -e
hash=$(sha256sum "$1" | cut -d ' ' -f 1)
count=$(head -c 200 "$1" | tr -d '\\000' | grep -ao '"count":[0-9]*' | cut -d : -f 2)
top=''
i=0
while [ $i -lt "$count" ]; do
  top="$top\${top:+,}[[$i,0.5],[$((i + 1)),0.2],[$((i + 2)),0.1],[$((i + 3)),0.05],[$((i + 4)),0.01]]"
  i=$((i + 1))
done
printf '{"chunk_sha256":"%s","model_sha256":"${modelHash}","runtime":"sh","top":[%s]}' "$hash" "$top" > "$2"
`;
