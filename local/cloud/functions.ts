import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { FunctionError, Instance } from './instance.ts';
import type { OnLine } from './lines.ts';
import type { Resource, Template } from './template.ts';
import type { FunctionProgram } from './worker.ts';

const lambda = v.object({
  Handler: v.string(),
  Timeout: v.optional(v.number(), 3),
  MemorySize: v.optional(v.number(), 128),
  Environment: v.optional(v.object({ Variables: v.optional(v.record(v.string(), v.string()), {}) }), {}),
});

type LambdaResource = Resource<v.InferOutput<typeof lambda>>;

export interface FunctionOptions {
  /** Against which a function's source, as its metadata names it, is resolved. */
  readonly root: string;
  /** What every function's environment holds beside its own variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: OnLine;
}

/** Events that wait for one function, at most; then it is too busy. */
const maxWaiting = 1000;
/** Threads of one function at most. In Lambda it is a thousand; here they share few processors. */
const maxInstances = 4;

/** A function's instances, made when needed and used again; those that crashed are replaced. */
export class LambdaFunction {
  readonly arn: string;
  readonly source: string;
  readonly #program: FunctionProgram;
  /** ms. */
  readonly #timeout: number;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #onLine: (line: string) => void;
  readonly #instances = new Set<Instance>();
  readonly #idle: Instance[] = [];
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor({ id, arn, properties, metadata }: LambdaResource, options: FunctionOptions) {
    const source = metadata['mlg:source'];
    if (typeof source !== 'string') throw new Error(`Function ${id} has no metadata 'mlg:source' that names its file.`);
    this.arn = arn;
    this.source = source;
    this.#timeout = properties.Timeout * 1000;
    this.#program = {
      source: pathToFileURL(`${options.root}/${source}`).href,
      handler: properties.Handler.split('.').at(-1) ?? 'handler',
      functionName: id,
      arn,
      memory: properties.MemorySize,
    };
    this.#environment = {
      ...options.environment,
      ...lambdaEnvironment(this.#program),
      ...properties.Environment.Variables,
    };
    this.#onLine = (line) => options.onLine(source, line);
  }

  /**
   * What the handler returned.
   * @throws FunctionError when it has no answer; the reason has gone to `onLine`
   */
  async invoke(event: unknown): Promise<unknown> {
    const instance = await this.#take();
    try {
      return await instance.invoke(event, randomUUID(), this.#timeout);
    } catch (error) {
      if (!this.#closed) this.#onLine((error as Error).message);
      throw error;
    } finally {
      this.#giveBack(instance);
    }
  }

  /** Ends all instances, whatever they are doing. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    await Promise.all([...this.#instances].map((instance) => instance.close()));
  }

  async #take(): Promise<Instance> {
    for (;;) {
      if (this.#closed) throw new FunctionError('The local cloud is closing.');
      const instance = this.#awake() ?? this.#start();
      if (instance) return instance;
      if (this.#waiting.length >= maxWaiting) throw new FunctionError('Too many events wait for it.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** An idle instance; those that have crashed since their last event are dropped. */
  #awake(): Instance | undefined {
    for (let instance = this.#idle.pop(); instance; instance = this.#idle.pop()) {
      if (!instance.hasEnded) return instance;
      this.#instances.delete(instance);
    }
    return undefined;
  }

  #start(): Instance | undefined {
    if (this.#instances.size >= maxInstances) return undefined;
    const instance = new Instance(this.#program, this.#environment, this.#onLine);
    this.#instances.add(instance);
    return instance;
  }

  #giveBack(instance: Instance): void {
    if (instance.hasEnded) {
      this.#instances.delete(instance);
    } else {
      this.#idle.push(instance);
    }
    this.#waiting.shift()?.();
  }
}

/** The template's functions. */
export function lambdaFunctions(template: Template, options: FunctionOptions): LambdaFunction[] {
  return template.resources('AWS::Lambda::Function', lambda).map((resource) => new LambdaFunction(resource, options));
}

function lambdaEnvironment({ functionName, handler, memory }: FunctionProgram): Record<string, string> {
  return {
    _HANDLER: `index.${handler}`,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_GROUP_NAME: functionName,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  };
}
