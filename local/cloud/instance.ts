import { Worker } from 'node:worker_threads';
import { forEachLine } from '../../process/lines.ts';
import type { FunctionProgram, Invocation, Reply } from './worker.ts';

/** Why an event has no answer. The message is for the operator, not for the caller. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}

/** ms; Lambda gives a function this long to load. */
const loadTimeout = 10_000;

/** One thread that runs a function, for one event at a time. It ends by a crash, a timeout, or `close`. */
export class Instance {
  readonly #worker: Worker;
  readonly #loaded: Promise<Reply>;
  /** Resolves the wait for the next message: with it, or with undefined to end the wait. */
  #resolveReply: ((reply?: Reply) => void) | undefined;
  #ended: FunctionError | undefined;

  constructor(program: FunctionProgram, env: Readonly<Record<string, string>>, onLine: (line: string) => void) {
    this.#worker = new Worker(new URL('worker.ts', import.meta.url), {
      name: program.functionName,
      workerData: program,
      env,
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: program.memory },
    });
    forEachLine(this.#worker.stdout, onLine);
    forEachLine(this.#worker.stderr, onLine);
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error: Error) => {
      if (!this.#resolveReply) onLine(`It crashed after its answer. ${error.stack}`);
      this.#end(new FunctionError(`It crashed. ${error.stack}`));
    });
    this.#worker.on('exit', (code) => this.#end(new FunctionError(`It ended itself with code ${code}.`)));
    this.#loaded = this.#reply(loadTimeout);
    this.#loaded.catch(() => {});
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * The handler's result, as it comes back from JSON.
   * @param timeout ms, once the function is loaded
   * @throws FunctionError when the handler throws, or the function crashes, does not load, or takes too long
   */
  async invoke(event: unknown, requestId: string, timeout: number): Promise<unknown> {
    await this.#loaded;
    if (this.#ended) throw this.#ended;

    const invocation: Invocation = { event, requestId, deadline: Date.now() + timeout };
    this.#worker.postMessage(invocation);
    const reply = await this.#reply(timeout);
    if (reply.type === 'answered') return JSON.parse(reply.json);
    throw new FunctionError(reply.type === 'threw' ? `Its handler threw. ${reply.error}` : 'It broke its protocol.');
  }

  async close(): Promise<void> {
    this.#end(new FunctionError('The local cloud is closing.'));
    await this.#worker.terminate();
  }

  // A thread that could not load also exits, perhaps in the same turn: the first reason counts.
  #receive(reply: Reply): void {
    if (reply.type === 'not-loaded') this.#end(new FunctionError(`It could not be loaded. ${reply.error}`));
    else this.#resolveReply?.(reply);
  }

  /** The thread's next message; the instance ends when it takes too long. */
  async #reply(timeout: number): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply | undefined>();
    this.#resolveReply = resolve;
    const timer = setTimeout(() => this.#end(new FunctionError(`It took longer than ${timeout / 1000} s.`)), timeout);
    try {
      const reply = this.#ended ? undefined : await promise;
      if (reply) return reply;
      throw this.#ended;
    } finally {
      clearTimeout(timer);
      this.#resolveReply = undefined;
    }
  }

  #end(reason: FunctionError): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#resolveReply?.();
    void this.#worker.terminate();
  }
}
