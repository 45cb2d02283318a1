import { Batch } from '../../provider/batch.ts';
import type { Clock } from '../../provider/clock.ts';
import { type Command, parseScript } from '../../provider/exe-script.ts';
import { newHex } from '../../provider/ids.ts';
import type { Usage } from '../../provider/provider.ts';
import type { Outcome, Output, Runtime } from '../../provider/runtime.ts';
import type { Agreement } from './agreements.ts';
import { ApiError } from './errors.ts';

export type ActivityState = 'Initialized' | 'Deployed' | 'Ready' | 'Terminated';

/** What each state lets a command do. */
const ALLOWED: Readonly<Record<ActivityState, readonly Command['kind'][]>> = {
  Initialized: ['deploy'],
  Deployed: ['start'],
  Ready: ['run', 'transfer'],
  Terminated: [],
};

/** One piece of work under an agreement: its state, its batches and what they use. */
export class Activity {
  readonly id: string;
  readonly agreement: Agreement;
  state: ActivityState = 'Initialized';
  readonly #clock: Clock;
  readonly #runtime: Runtime;
  readonly #batches = new Map<string, Batch>();
  readonly #end = new AbortController();
  readonly #createdAt: number;
  #endedAt: number | null = null;
  #workedMs = 0;
  #ending: Promise<void> | null = null;
  /** Batches wait for one another. */
  #queue: Promise<void> = Promise.resolve();

  constructor(id: string, agreement: Agreement, runtime: Runtime, clock: Clock) {
    this.id = id;
    this.agreement = agreement;
    this.#runtime = runtime;
    this.#clock = clock;
    this.#createdAt = clock.now();
  }

  exec(text: string): string {
    this.#checkAlive();
    const batch = new Batch(parseScript(text), this.#clock);
    this.#batches.set(batch.id, batch);
    this.#queue = this.#queue.then(() => batch.run((command, output) => this.#carryOut(command, output)));
    return batch.id;
  }

  batch(id: string): Batch {
    this.#checkAlive();
    const batch = this.#batches.get(id);
    if (!batch) throw new ApiError(404, `no batch ${id}`);
    return batch;
  }

  usage(): Usage {
    const until = this.#endedAt ?? this.#clock.now();
    return [this.#workedMs / 1000, (until - this.#createdAt) / 1000];
  }

  /** Ends every process of the activity and removes its files. */
  terminate(): Promise<void> {
    this.#ending ??= this.#terminate();
    return this.#ending;
  }

  async #terminate(): Promise<void> {
    this.state = 'Terminated';
    this.#endedAt = this.#clock.now();
    this.#end.abort();
    await this.#queue;
    await this.#runtime.stop();
    for (const batch of this.#batches.values()) batch.bell.ring();
    this.#batches.clear();
  }

  async #carryOut(command: Command, output: Output): Promise<Outcome> {
    if (!ALLOWED[this.state].includes(command.kind)) return outOfOrder(this.state);
    const startedAt = this.#clock.now();
    this.agreement.provider.commandsRun += 1;
    const outcome = await this.#perform(command, output).catch(broken);
    this.#workedMs += this.#clock.now() - startedAt;
    if (outcome.code === 0 && this.state !== 'Terminated') {
      if (command.kind === 'deploy') this.state = 'Deployed';
      if (command.kind === 'start') this.state = 'Ready';
    }
    return outcome;
  }

  #perform(command: Command, output: Output): Promise<Outcome> {
    switch (command.kind) {
      case 'deploy':
        return this.#runtime.deploy(this.#end.signal);
      case 'start':
        return this.#runtime.start(this.#end.signal);
      case 'run':
        return this.#runtime.run(command, output, this.#end.signal);
      case 'transfer':
        return this.#runtime.transfer(command, this.#end.signal);
    }
  }

  /** The provider's end of the bus is gone with the activity; yagna then answers like this. */
  #checkAlive(): void {
    if (this.state !== 'Terminated') return;
    throw new ApiError(
      500,
      `GSB error: Remote service at \`/public/exeunit/${this.id}\` error: GSB failure: Bad request: endpoint address not found`,
    );
  }
}

/** The machine did not let the command run, e.g. for want of processes. */
function broken(error: unknown): Outcome {
  return { code: 1, message: `Local service error: Runtime error: ${error}` };
}

function outOfOrder(state: ActivityState): Outcome {
  const next = { Initialized: 'deploy()', Deployed: 'start()', Ready: 'run() or transfer()', Terminated: 'no' }[state];
  const message = `Local service error: State error: Activity is ${state.toLowerCase()} - ${next} command is expected now`;
  return { code: 1, message };
}

/** Makes what carries out an activity's commands. */
export type MakeRuntime = (agreement: Agreement, activityId: string) => Runtime;

/** All activities; they stay readable for the life of the stand-in. */
export class Activities {
  readonly #clock: Clock;
  readonly #makeRuntime: MakeRuntime;
  readonly #activities = new Map<string, Activity>();

  constructor(clock: Clock, makeRuntime: MakeRuntime) {
    this.#clock = clock;
    this.#makeRuntime = makeRuntime;
  }

  create(agreement: Agreement): Activity {
    if (agreement.state !== 'Approved') {
      throw new ApiError(400, `Agreement [${agreement.id}] is ${agreement.state}: an activity needs an Approved one`);
    }
    const id = newHex(16);
    const activity = new Activity(id, agreement, this.#makeRuntime(agreement, id), this.#clock);
    this.#activities.set(id, activity);
    return activity;
  }

  get(id: string): Activity {
    const activity = this.#activities.get(id);
    if (!activity) throw new ApiError(404, `no activity ${id}`);
    return activity;
  }

  of(agreement: Agreement): Activity[] {
    return [...this.#activities.values()].filter((activity) => activity.agreement === agreement);
  }

  open(): Activity[] {
    return [...this.#activities.values()].filter(({ state }) => state !== 'Terminated');
  }
}
