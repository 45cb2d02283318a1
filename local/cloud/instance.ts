import { Worker } from 'node:worker_threads';
import { forEachLine } from './lines.ts';
import type { FunctionProgram, Invocation, Reply } from './worker.ts';

/** Why an event has no answer. The message is for the operator, not for the caller. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}

/** One thread that runs a function, for one event at a time. It ends by a crash, a timeout, or `close`. */
export class Instance {
  readonly #worker: Worker;
  #settle: ((reply: Reply | FunctionError) => void) | undefined;
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
    this.#worker.on('error', (error) => this.#end(new FunctionError('It crashed.', { cause: error })));
    this.#worker.on('exit', (code) => this.#end(new FunctionError(`It ended itself with code ${code}.`)));
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * The handler's result, as it comes back from JSON.
   * @throws FunctionError when the handler throws, or the function crashes, does not load, or takes too long
   */
  async invoke(invocation: Invocation): Promise<unknown> {
    const reply = await this.#reply(invocation);
    if (reply instanceof FunctionError) throw reply;
    if (reply.type !== 'answered') throw new FunctionError(`${failures[reply.type]} ${reply.error}`);
    return JSON.parse(reply.json);
  }

  async close(): Promise<void> {
    this.#end(new FunctionError('The local cloud is closing.'));
    await this.#worker.terminate();
  }

  async #reply(invocation: Invocation): Promise<Reply | FunctionError> {
    if (this.#ended) return this.#ended;
    const { promise, resolve } = Promise.withResolvers<Reply | FunctionError>();
    this.#settle = resolve;
    const timer = setTimeout(() => this.#timeOut(), invocation.deadline - Date.now());
    this.#worker.postMessage(invocation);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#settle = undefined;
    }
  }

  #receive(reply: Reply): void {
    if (reply.type === 'not-loaded') this.#end(new FunctionError(`${failures[reply.type]} ${reply.error}`));
    else this.#settle?.(reply);
  }

  #timeOut(): void {
    this.#end(new FunctionError('It took longer than its timeout.'));
    void this.#worker.terminate();
  }

  #end(reason: FunctionError): void {
    this.#ended ??= reason;
    this.#settle?.(this.#ended);
  }
}

const failures = { threw: 'Its handler threw.', 'not-loaded': 'It could not be loaded.' } as const;
