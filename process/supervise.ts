import { type ChildProcess, spawn } from 'node:child_process';
import { forEachLine } from './lines.ts';

/** A Node program to run as a child process. */
export interface Program {
  /** The script and its arguments. */
  readonly args: readonly string[];
  /** By default, the working directory of this process. */
  readonly cwd?: string;
  /** The whole environment; by default, that of this process. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Receives each line of standard output and standard error. */
  readonly onLine?: (line: string) => void;
}

/** How a child ended. */
export interface ChildEnd {
  /** Null when a signal ended it, or when it never started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error?: Error;
}

/** ms after a child's exit in which its remaining output is read: a process that it left behind may hold the pipe open. */
const outputMs = 1_000;

/**
 * A program as a child process. It leads a process group, so that a terminal's Ctrl-C does not reach it and whatever it
 * started is killed when it ends. It has a channel to this process: when this process dies, however that happens, the
 * child gets 'disconnect'.
 */
export class Child {
  /** Undefined when the child could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the child has ended and its output has been read; never rejects. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess | undefined;
  readonly #message = Promise.withResolvers<unknown>();

  constructor({ args, cwd, env = process.env, onLine }: Program) {
    const { promise, resolve } = Promise.withResolvers<ChildEnd>();
    this.ended = promise;
    try {
      const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
      this.#process = spawn(process.execPath, args, { cwd, env, stdio: [...stdio], detached: true });
      this.pid = this.#process.pid;
      this.#watch(this.#process, resolve, onLine);
    } catch (error) {
      resolve({ exitCode: null, signal: null, error: error as Error });
    }
  }

  /**
   * Resolves to the first message that the child sends.
   * @throws Error when the child ends before that, or sends none within `deadline` ms
   */
  async message(deadline: number): Promise<unknown> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`It sent no message within ${deadline / 1000} s.`)), deadline);
    const endedFirst = this.ended.then((end) => {
      throw new Error(`It ended before it sent a message: ${inWords(end)}.`, { cause: end.error });
    });
    try {
      return await Promise.race([this.#message.promise, promise, endedFirst]);
    } finally {
      clearTimeout(timer);
      endedFirst.catch(() => {});
    }
  }

  /** Signals the child itself, not its group. Does nothing once it has ended. */
  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Asks the child to end (SIGTERM), kills its group after `deadline` ms, and resolves when it has ended. */
  async end(deadline: number): Promise<ChildEnd> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(this.pid), deadline);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  #watch(child: ChildProcess, resolve: (end: ChildEnd) => void, onLine: (line: string) => void = () => {}): void {
    let timer: NodeJS.Timeout | undefined;
    const outputs = [child.stdout, child.stderr].filter((output) => output !== null && output !== undefined);
    for (const output of outputs) forEachLine(output, onLine);
    child.once('message', this.#message.resolve);
    child.once('exit', () => {
      killGroup(child.pid);
      timer = setTimeout(() => {
        for (const output of outputs) output.destroy();
      }, outputMs);
    });
    child.once('close', (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ exitCode, signal });
    });
    // Also emitted for a signal or a message that could not be sent to a running child.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ exitCode: null, signal: null, error });
    });
  }
}

export interface RestartOptions {
  /** ms before the next child, so that a program that cannot start does not spin. */
  readonly pause: number;
  /** Called when a child has ended by itself. */
  readonly onEnd?: (end: ChildEnd) => void;
}

/** Keeps a program running: starts the next child whenever one has ended by itself. */
export class KeptRunning {
  #child: Child;
  readonly #next: () => Child;
  readonly #options: RestartOptions;
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(first: Child, next: () => Child, options: RestartOptions) {
    this.#child = first;
    this.#next = next;
    this.#options = options;
    this.#watch();
  }

  /** Ends the running child as `Child.end` does; no other follows. */
  async end(deadline: number): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    await this.#child.end(deadline);
  }

  #watch(): void {
    void this.#child.ended.then((end) => {
      if (this.#isEnding) return;
      this.#options.onEnd?.(end);
      this.#timer = setTimeout(() => {
        this.#child = this.#next();
        this.#watch();
      }, this.#options.pause);
    });
  }
}

function inWords({ exitCode, signal, error }: ChildEnd): string {
  if (error) return error.message;
  return signal ? `by ${signal}` : `with exit code ${exitCode}`;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
