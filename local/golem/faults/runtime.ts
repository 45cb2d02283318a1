import type { Clock } from '../provider/clock.ts';
import { CommandError } from '../provider/errors.ts';
import { type Output, type RunCommand, type Runtime, type TransferCommand, wrongImage } from '../provider/runtime.ts';
import { directionOf } from '../provider/transfers.ts';
import type { CommandKind } from './catalogue.ts';
import type { Strikes } from './plan.ts';

/** How a provider leaves in the middle of its work. */
export interface Exits {
  /** Its side is gone from now on, as far as the daemon can see. */
  vanish(how: 'dead' | 'unreachable'): void;
  /** It ends the agreement in order. */
  leave(): void;
}

/** The exit code of a program that was ended by SIGKILL. */
const KILLED = 137;

/** A runtime at whose commands faults strike. */
export class FaultyRuntime implements Runtime {
  readonly #inner: Runtime;
  readonly #strikes: Strikes;
  readonly #clock: Clock;
  readonly #exits: Exits;

  constructor(inner: Runtime, strikes: Strikes, clock: Clock, exits: Exits) {
    this.#inner = inner;
    this.#strikes = strikes;
    this.#clock = clock;
    this.#exits = exits;
  }

  deploy(signal: AbortSignal): Promise<void> {
    return this.#unlessStruck('deploy', signal, () => this.#inner.deploy(signal));
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#unlessStruck('start', signal, () => this.#inner.start(signal));
  }

  run(command: RunCommand, output: Output, signal: AbortSignal): Promise<void> {
    return this.#unlessStruck('run', signal, () => this.#inner.run(command, output, signal));
  }

  transfer(command: TransferCommand, signal: AbortSignal): Promise<void> {
    const kind = directionOf(command) ?? 'download';
    return this.#unlessStruck(kind, signal, () => this.#inner.transfer(command, signal));
  }

  cpuSec(): number {
    return this.#inner.cpuSec();
  }

  stop(): void {
    this.#inner.stop();
  }

  clear(): Promise<void> {
    return this.#inner.clear();
  }

  async #unlessStruck(kind: CommandKind, signal: AbortSignal, perform: () => Promise<void>): Promise<void> {
    if (this.#strikes('silent-death', kind)) {
      // A provider that died runs nothing any more.
      this.#inner.stop();
      this.#exits.vanish('dead');
      return endOf(signal);
    }
    if (this.#strikes('unreachable', kind)) {
      this.#exits.vanish('unreachable');
      return endOf(signal);
    }
    if (this.#strikes('polite-exit', kind)) {
      this.#exits.leave();
      return endOf(signal);
    }
    if (this.#strikes('hang', kind)) return endOf(signal);
    const slow = this.#strikes('slow-command', kind);
    if (slow) await this.#passed(slow.seconds, signal);
    if (this.#strikes('killed-command', kind)) throw CommandError.exited(KILLED);
    if (this.#strikes('command-fails', kind)) throw failureOf(kind);
    return perform();
  }

  #passed(seconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(seconds * 1000, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }
}

function failureOf(kind: CommandKind): CommandError {
  if (kind === 'deploy') return wrongImage();
  if (kind === 'start') return CommandError.of('Runtime', 'process exited with code 1');
  if (kind === 'run') return CommandError.exited(1);
  return CommandError.of('Transfer', 'IO error: connection reset by peer');
}

/** A command that never ends by itself: only the end of its activity ends it. */
async function endOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw CommandError.of('Runtime', 'the activity has ended');
}
