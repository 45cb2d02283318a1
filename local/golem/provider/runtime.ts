import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { CommandError } from './errors.ts';
import type { Command } from './exe-script.ts';
import type { Programs } from './images.ts';
import { type ProcessGroups, SYSTEM_PATH } from './process-groups.ts';
import type { Transfers } from './transfers.ts';
import type { Volumes } from './volumes.ts';

export type RunCommand = Extract<Command, { kind: 'run' }>;
export type TransferCommand = Extract<Command, { kind: 'transfer' }>;

export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** What carries out the commands of an exe-unit, each until it is done or `signal` says that the unit ends. */
export interface Runtime {
  /** @throws CommandError as all commands do when they fail */
  deploy(signal: AbortSignal): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  run(command: RunCommand, output: Output, signal: AbortSignal): Promise<void>;
  transfer(command: TransferCommand, signal: AbortSignal): Promise<void>;
  /** Processor use of all that has run, as far as it is known. */
  cpuSec(): number;
  /** Ends every process. */
  stop(): void;
  /** Removes the files, once all commands are over. */
  clear(): Promise<void>;
}

export interface RuntimeParts {
  /** Undefined when there is no such image. */
  readonly image: Programs | undefined;
  readonly groups: ProcessGroups;
  readonly volumes: Volumes;
  readonly transfers: Transfers;
}

/** What `deploy` says of an image that is not what the demand named. */
export function wrongImage(): CommandError {
  return CommandError.of('Transfer', 'Incorrect hash provided or downloaded image is corrupted');
}

/** How long a program's output may still come once it has ended, when something it left behind holds the pipe. */
const OUTPUT_GRACE_MS = 200;

/** Runs an activity's commands as processes of this machine, in place of a virtual machine. */
export class LocalRuntime implements Runtime {
  readonly #parts: RuntimeParts;
  readonly #started = new Set<number>();

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  async deploy(): Promise<void> {
    if (!this.#parts.image) throw wrongImage();
    await this.#parts.volumes.create();
  }

  async start(): Promise<void> {}

  async run({ entryPoint, args }: RunCommand, output: Output, signal: AbortSignal): Promise<void> {
    if (!isAbsolute(entryPoint)) throw CommandError.of('Runtime', `${entryPoint} is not an absolute path`);
    const { groups, volumes } = this.#parts;
    const running = await groups.start({ path: entryPoint, args, cwd: volumes.work, env: this.#environment() });
    this.#started.add(running.group);
    const kill = (): void => groups.kill(running.group);
    signal.addEventListener('abort', kill);
    if (signal.aborted) kill();
    const drained = Promise.all([forward(running.stdout, output.stdout), forward(running.stderr, output.stderr)]);
    const code = await running.exited;
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, OUTPUT_GRACE_MS).unref())]);
    signal.removeEventListener('abort', kill);
    if (code !== 0) throw CommandError.exited(code);
  }

  async transfer(command: TransferCommand, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.transfers.copy(command, signal);
    } catch (error) {
      throw CommandError.of('Transfer', error);
    }
  }

  cpuSec(): number {
    return this.#parts.groups.cpuSec(this.#started);
  }

  stop(): void {
    for (const group of this.#started) this.#parts.groups.kill(group);
  }

  clear(): Promise<void> {
    return this.#parts.volumes.remove();
  }

  /** Nothing of this process's own environment: an image has only what it brings. */
  #environment(): Record<string, string> {
    const { image, volumes } = this.#parts;
    return {
      PATH: image?.bin ? `${image.bin}:${SYSTEM_PATH}` : SYSTEM_PATH,
      HOME: volumes.work,
      TMPDIR: volumes.tmp,
      LANG: 'C.UTF-8',
    };
  }
}

/** Forwards what comes, until the end of the stream. */
function forward(stream: Readable, to: (text: string) => void): Promise<void> {
  stream.setEncoding('utf8');
  stream.on('data', to);
  return new Promise((resolve) => {
    stream.once('end', resolve);
    stream.once('error', () => resolve());
  });
}
