import { mkdir, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import type { Readable } from 'node:stream';
import type { GsbServices } from '../stand-in/daemon/gsb.ts';
import type { Command } from './exe-script.ts';
import { type ProcessGroups, SYSTEM_PATH } from './process-groups.ts';
import { gsbAddress, receive, send } from './transfers.ts';

/** What became of one command. Messages are worded as yagna's. */
export interface Outcome {
  readonly code: number;
  readonly message: string | null;
}

export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** What carries out an activity's commands. Failures of a command are outcomes; only a bug rejects. */
export interface Runtime {
  deploy(signal: AbortSignal): Promise<Outcome>;
  start(signal: AbortSignal): Promise<Outcome>;
  run(command: Extract<Command, { kind: 'run' }>, output: Output, signal: AbortSignal): Promise<Outcome>;
  transfer(command: Extract<Command, { kind: 'transfer' }>, signal: AbortSignal): Promise<Outcome>;
  /** Ends every process of the activity and removes its files. */
  stop(): Promise<void>;
}

export interface RuntimeSetting {
  /** The activity's own directory; made here and removed at the end. */
  readonly directory: string;
  /** Programs of the image; undefined when there is no such image. */
  readonly image: { readonly bin: string | null } | undefined;
  readonly groups: ProcessGroups;
  readonly gsb: GsbServices;
  /** May change a file that is about to be sent to the requestor. */
  readonly beforeSending: (path: string) => Promise<void>;
  /** Messages of a download that are under way at a time. */
  readonly inFlight: () => number;
}

export const DONE: Outcome = { code: 0, message: null };

/** The one folder of an image that transfers reach: its volume, which is also where commands start. */
const VOLUME = '/golem/work';

/** How long a program's output may still come once it has ended, when something it left behind holds the pipe. */
const OUTPUT_GRACE_MS = 200;

/** Runs an activity's commands as processes of this machine, in place of a virtual machine. */
export class LocalRuntime implements Runtime {
  readonly #setting: RuntimeSetting;
  readonly #work: string;
  readonly #tmp: string;
  readonly #started = new Set<number>();

  constructor(setting: RuntimeSetting) {
    this.#setting = setting;
    this.#work = join(setting.directory, VOLUME);
    this.#tmp = join(setting.directory, 'tmp');
  }

  async deploy(): Promise<Outcome> {
    if (!this.#setting.image) return failed(`Local service error: Transfer error: ${WRONG_IMAGE}`);
    await mkdir(this.#work, { recursive: true });
    await mkdir(this.#tmp, { recursive: true });
    return DONE;
  }

  async start(): Promise<Outcome> {
    return DONE;
  }

  async run(
    { entryPoint, args }: Extract<Command, { kind: 'run' }>,
    output: Output,
    signal: AbortSignal,
  ): Promise<Outcome> {
    if (!isAbsolute(entryPoint))
      return failed(`Local service error: Runtime error: ${entryPoint} is not an absolute path`);
    const running = await this.#setting.groups.start({
      path: entryPoint,
      args,
      cwd: this.#work,
      env: this.#environment(),
    });
    this.#started.add(running.group);
    const kill = (): void => this.#setting.groups.kill(running.group);
    signal.addEventListener('abort', kill);
    if (signal.aborted) kill();
    const told = [
      tell(running.stdout, (text) => output.stdout(text)),
      tell(running.stderr, (text) => output.stderr(text)),
    ];
    const code = await running.exited;
    await Promise.race([Promise.all(told), new Promise((resolve) => setTimeout(resolve, OUTPUT_GRACE_MS).unref())]);
    signal.removeEventListener('abort', kill);
    return code === 0 ? DONE : { code, message: `ExeScript command exited with code ${code}` };
  }

  async transfer({ from, to }: Extract<Command, { kind: 'transfer' }>, signal: AbortSignal): Promise<Outcome> {
    try {
      const [source, target] = [gsbAddress(from), gsbAddress(to)];
      if (source) await receive(this.#setting.gsb, source, this.#hostPath(to), signal);
      else if (target) await this.#send(target, await this.#existing(from), signal);
      else throw new Error(`unsupported transfer from ${from} to ${to}: one end must be gftp`);
      return DONE;
    } catch (error) {
      return failed(`Local service error: Transfer error: ${error instanceof Error ? error.message : error}`);
    }
  }

  async stop(): Promise<void> {
    for (const group of this.#started) this.#setting.groups.kill(group);
    // Killed programs may still be writing.
    await rm(this.#setting.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  async #send(target: string, path: string, signal: AbortSignal): Promise<void> {
    const { gsb, beforeSending, inFlight } = this.#setting;
    await beforeSending(path);
    await send(gsb, target, path, { signal, inFlight: inFlight() });
  }

  /** Nothing of this process's own environment: an image has only what it brings. */
  #environment(): Record<string, string> {
    const bin = this.#setting.image?.bin;
    return {
      PATH: bin ? `${bin}:${SYSTEM_PATH}` : SYSTEM_PATH,
      HOME: this.#work,
      TMPDIR: this.#tmp,
      LANG: 'C.UTF-8',
    };
  }

  /** `container:/golem/work/a` as a path of this machine. Only the volume can be reached. */
  #hostPath(url: string): string {
    const inside = normalize(url.replace(/^container:/, ''));
    if (!url.startsWith('container:') || !inside.startsWith(VOLUME + sep)) throw notFound(url);
    return join(this.#setting.directory, inside);
  }

  async #existing(url: string): Promise<string> {
    const path = this.#hostPath(url);
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) throw notFound(url);
    return path;
  }
}

export const WRONG_IMAGE = 'Incorrect hash provided or downloaded image is corrupted';

export function failed(message: string): Outcome {
  return { code: 1, message };
}

function notFound(url: string): Error {
  return new Error(`IO error: path not found in container: ${url.replace(/^container:/, '')}`);
}

/** Hands on what comes, until the end of the stream. */
function tell(stream: Readable, hand: (text: string) => void): Promise<void> {
  stream.setEncoding('utf8');
  stream.on('data', hand);
  return new Promise((resolve) => {
    stream.once('end', resolve);
    stream.once('error', () => resolve());
  });
}
