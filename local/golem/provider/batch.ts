import { Bell } from './bell.ts';
import type { Clock } from './clock.ts';
import type { CommandError } from './errors.ts';
import type { Command } from './exe-script.ts';
import type { Output } from './runtime.ts';

/** One finished command, as the results call gives it. */
export interface CommandResult {
  readonly index: number;
  readonly eventDate: string;
  readonly result: 'Ok' | 'Error';
  readonly stdout: string | null;
  readonly stderr: string | null;
  readonly message: string | null;
  readonly isBatchFinished: boolean;
}

/** One step of a command, as the event stream gives it. */
export interface RuntimeEvent {
  readonly batch_id: string;
  readonly index: number;
  readonly timestamp: string;
  readonly kind:
    | { readonly started: { readonly command: Command } }
    | { readonly stdout: string }
    | { readonly stderr: string }
    | { readonly finished: { readonly return_code: number; readonly message: string | null } };
}

/** Characters kept of each output of a command; what is more is lost, as in a provider's small pipe. Big results belong in files. */
const KEPT_OUTPUT = 1 << 20;

/** The commands of one exec call: done in order, until the first failure. */
export class Batch {
  readonly id: string;
  readonly results: CommandResult[] = [];
  readonly events: RuntimeEvent[] = [];
  readonly bell = new Bell();
  readonly #commands: readonly Command[];
  readonly #clock: Clock;

  constructor(id: string, commands: readonly Command[], clock: Clock) {
    this.id = id;
    this.#commands = commands;
    this.#clock = clock;
  }

  get finished(): boolean {
    return this.results.at(-1)?.isBatchFinished ?? false;
  }

  /** @param carryOut rejects with a CommandError when the command fails */
  async run(carryOut: (command: Command, output: Output) => Promise<void>): Promise<void> {
    for (const [index, command] of this.#commands.entries()) {
      this.#publish(index, { started: { command } });
      const stdout = this.#capture((text) => this.#publish(index, { stdout: text }));
      const stderr = this.#capture((text) => this.#publish(index, { stderr: text }));
      const failure = await carryOut(command, { stdout: stdout.add, stderr: stderr.add }).then(
        () => null,
        (error: CommandError) => error,
      );
      const message = failure?.message ?? null;
      const isBatchFinished = failure !== null || index === this.#commands.length - 1;
      this.results.push({
        index,
        eventDate: this.#now(),
        result: failure ? 'Error' : 'Ok',
        stdout: stdout.end(),
        stderr: stderr.end(),
        message,
        isBatchFinished,
      });
      this.#publish(index, { finished: { return_code: failure?.code ?? 0, message } });
      if (isBatchFinished) return;
    }
  }

  /** Collects an output until the command is over; what a process in the background writes later belongs to no command. */
  #capture(forward: (text: string) => void) {
    let kept = '';
    let over = false;
    return {
      add: (text: string): void => {
        const part = over ? '' : text.slice(0, KEPT_OUTPUT - kept.length);
        if (part === '') return;
        kept += part;
        forward(part);
      },
      end: (): string | null => {
        over = true;
        return kept === '' ? null : kept;
      },
    };
  }

  #publish(index: number, kind: RuntimeEvent['kind']): void {
    this.events.push({ batch_id: this.id, index, timestamp: this.#now(), kind });
    this.bell.ring();
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
