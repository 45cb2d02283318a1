import { Batch } from './batch.ts';
import type { Clock } from './clock.ts';
import { Counters, type Usage } from './counters.ts';
import { Busy, CommandError, Terminated, UnknownBatch } from './errors.ts';
import type { Command } from './exe-script.ts';
import { newHex } from './ids.ts';
import type { Output, Runtime } from './runtime.ts';

export type State = 'Initialized' | 'Deployed' | 'Ready' | 'Terminated';

/** The state, and the one that the command under way leads to. */
export type StatePair = readonly [State, State | null];

/** What each state lets a command do, and where that leads. */
const ALLOWED: Readonly<Record<State, Partial<Record<Command['kind'], State>>>> = {
  Initialized: { deploy: 'Deployed' },
  Deployed: { start: 'Ready' },
  Ready: { run: 'Ready', transfer: 'Ready' },
  Terminated: {},
};

const EXPECTED: Readonly<Record<State, string>> = {
  Initialized: 'deploy()',
  Deployed: 'start()',
  Ready: 'run() or transfer()',
  Terminated: 'no',
};

export interface ExeUnitParts {
  readonly id: string;
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Called with every command that begins. */
  readonly onCommand: () => void;
  /** Called when files cannot be removed; whoever owns the folder above must do so. */
  readonly onFilesLeft: (error: unknown) => void;
}

/** Carries out the batches of one activity: one command at a time, in the order of its states. */
export class ExeUnit {
  readonly id: string;
  readonly #parts: ExeUnitParts;
  readonly #counters: Counters;
  readonly #batches = new Map<string, Batch>();
  readonly #running = new Set<Promise<void>>();
  readonly #end = new AbortController();
  #state: StatePair = ['Initialized', null];
  #ending: Promise<void> | undefined;

  constructor(parts: ExeUnitParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#counters = new Counters(parts.clock, () => parts.runtime.cpuSec());
  }

  get state(): StatePair {
    return this.#state;
  }

  get terminated(): boolean {
    return this.#state[0] === 'Terminated';
  }

  /** Begins a batch and gives it at once. */
  exec(commands: readonly Command[], batchId = newHex(16)): Batch {
    this.#checkAlive();
    const batch = new Batch(batchId, commands, this.#parts.clock);
    this.#batches.set(batch.id, batch);
    const running = batch.run((command, output) => this.#carryOut(command, output));
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
    return batch;
  }

  batch(id: string): Batch {
    this.#checkAlive();
    const batch = this.#batches.get(id);
    if (!batch) throw new UnknownBatch(`no batch ${id}`);
    return batch;
  }

  usage(): Usage {
    return this.#counters.usage();
  }

  /** Ends every process and removes the files. Never rejects: a provider that cannot end an activity is lost. */
  terminate(): Promise<void> {
    this.#ending ??= this.#terminate();
    return this.#ending;
  }

  async #terminate(): Promise<void> {
    const { runtime, onFilesLeft } = this.#parts;
    this.#state = ['Terminated', null];
    this.#counters.stop();
    this.#end.abort();
    runtime.stop();
    await Promise.all(this.#running);
    // Once more, for what a command has started meanwhile.
    runtime.stop();
    await runtime.clear().catch(onFilesLeft);
    for (const batch of this.#batches.values()) batch.bell.ring();
    this.#batches.clear();
  }

  async #carryOut(command: Command, output: Output): Promise<void> {
    const [state, pending] = this.#state;
    if (pending !== null) throw new Busy(`StatePair(${state}, Some(${pending}))`);
    const next = ALLOWED[state][command.kind];
    if (!next) throw outOfOrder(state);
    this.#state = [state, next];
    this.#parts.onCommand();
    let reached = state;
    try {
      await this.#perform(command, output);
      reached = next;
    } catch (error) {
      throw error instanceof CommandError ? error : CommandError.of('Runtime', error);
    } finally {
      if (!this.terminated) this.#state = [reached, null];
    }
  }

  #perform(command: Command, output: Output): Promise<void> {
    const { runtime } = this.#parts;
    switch (command.kind) {
      case 'deploy':
        return runtime.deploy(this.#end.signal);
      case 'start':
        return runtime.start(this.#end.signal);
      case 'run':
        return runtime.run(command, output, this.#end.signal);
      case 'transfer':
        return runtime.transfer(command, this.#end.signal);
    }
  }

  #checkAlive(): void {
    if (this.terminated) throw new Terminated(this.id);
  }
}

function outOfOrder(state: State): CommandError {
  return CommandError.of('State', `Activity is ${state.toLowerCase()} - ${EXPECTED[state]} command is expected now`);
}
