import type { Clock } from '../provider/clock.ts';
import type { Command } from '../provider/exe-script.ts';
import type { Provider, Silence } from '../provider/provider.ts';
import { failed, type Outcome, type Output, type Runtime, WRONG_IMAGE } from '../provider/runtime.ts';
import { gsbAddress } from '../provider/transfers.ts';
import type { CommandKind } from './catalogue.ts';
import type { Faults } from './faults.ts';

export interface FaultyRuntimeSetting {
  readonly faults: Faults;
  readonly provider: Provider;
  readonly clock: Clock;
  /** The provider's side is gone from now on, as far as the daemon can see. */
  readonly fallSilent: (how: Silence) => void;
  /** The provider ends the agreement in order. */
  readonly leave: () => void;
}

/** The exit code of a program that was ended by SIGKILL. */
const KILLED = 137;

/** A runtime at whose commands faults strike. */
export class FaultyRuntime implements Runtime {
  readonly #inner: Runtime;
  readonly #setting: FaultyRuntimeSetting;

  constructor(inner: Runtime, setting: FaultyRuntimeSetting) {
    this.#inner = inner;
    this.#setting = setting;
  }

  deploy(signal: AbortSignal): Promise<Outcome> {
    return this.#unlessStruck('deploy', signal, () => this.#inner.deploy(signal));
  }

  start(signal: AbortSignal): Promise<Outcome> {
    return this.#unlessStruck('start', signal, () => this.#inner.start(signal));
  }

  run(command: Extract<Command, { kind: 'run' }>, output: Output, signal: AbortSignal): Promise<Outcome> {
    return this.#unlessStruck('run', signal, () => this.#inner.run(command, output, signal));
  }

  transfer(command: Extract<Command, { kind: 'transfer' }>, signal: AbortSignal): Promise<Outcome> {
    const kind = gsbAddress(command.from) ? 'upload' : 'download';
    return this.#unlessStruck(kind, signal, () => this.#inner.transfer(command, signal));
  }

  stop(): Promise<void> {
    return this.#inner.stop();
  }

  async #unlessStruck(kind: CommandKind, signal: AbortSignal, perform: () => Promise<Outcome>): Promise<Outcome> {
    const { clock, fallSilent, leave } = this.#setting;
    if (this.#strikes('silent-death', kind)) {
      // A provider that died runs nothing any more.
      await this.#inner.stop();
      fallSilent('dead');
      return endOf(signal);
    }
    if (this.#strikes('unreachable', kind)) {
      fallSilent('unreachable');
      return endOf(signal);
    }
    if (this.#strikes('polite-exit', kind)) {
      leave();
      return endOf(signal);
    }
    if (this.#strikes('hang', kind)) return endOf(signal);
    const slow = this.#strikes('slow-command', kind);
    if (slow) await passed(slow.seconds, clock, signal);
    if (this.#strikes('killed-command', kind)) return exited(KILLED);
    if (this.#strikes('command-fails', kind)) return failureOf(kind);
    return perform();
  }

  #strikes(fault: Parameters<Faults['strikes']>[0], kind: CommandKind) {
    return this.#setting.faults.strikes(fault, this.#setting.provider.name, kind);
  }
}

function failureOf(kind: CommandKind): Outcome {
  if (kind === 'deploy') return failed(`Local service error: Transfer error: ${WRONG_IMAGE}`);
  if (kind === 'start') return failed('Local service error: Runtime error: process exited with code 1');
  if (kind === 'run') return exited(1);
  return failed('Local service error: Transfer error: IO error: connection reset by peer');
}

function exited(code: number): Outcome {
  return { code, message: `ExeScript command exited with code ${code}` };
}

/** A command that never ends by itself: only the end of its activity ends it. */
async function endOf(signal: AbortSignal): Promise<Outcome> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return failed('Local service error: Runtime error: the activity has ended');
}

function passed(seconds: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(seconds * 1000, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
