import { parentPort, workerData } from 'node:worker_threads';

/** What a function's thread is started with. */
export interface FunctionProgram {
  /** File URL of the module. */
  readonly source: string;
  /** The module's export that handles an event. */
  readonly handler: string;
  readonly functionName: string;
  readonly arn: string;
  /** MB. */
  readonly memory: number;
}

/** To the thread: an event to handle. One at a time. */
export interface Invocation {
  readonly event: unknown;
  readonly requestId: string;
  /** ms since 1970. */
  readonly deadline: number;
}

/** From the thread: whether the module could be loaded, and then what came of each event. */
export type Reply =
  | { readonly type: 'loaded' }
  | { readonly type: 'answered'; readonly json: string }
  | { readonly type: 'threw'; readonly error: string }
  | { readonly type: 'not-loaded'; readonly error: string };

type Handler = (event: unknown, context: unknown) => unknown;

const program = workerData as FunctionProgram;
const handler = await load(program);
if (handler) {
  parentPort?.on('message', async (invocation: Invocation) => reply(await handle(handler, invocation)));
}

async function load({ source, handler }: FunctionProgram): Promise<Handler | undefined> {
  try {
    const exported = (await import(source))[handler];
    if (typeof exported !== 'function') throw new Error(`It exports no function '${handler}'.`);
    reply({ type: 'loaded' });
    return exported;
  } catch (error) {
    reply({ type: 'not-loaded', error: describe(error) });
    return undefined;
  }
}

async function handle(handler: Handler, invocation: Invocation): Promise<Reply> {
  try {
    const result = await handler(invocation.event, context(invocation));
    return { type: 'answered', json: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return { type: 'threw', error: describe(error) };
  }
}

function context({ requestId, deadline }: Invocation) {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: program.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: program.arn,
    memoryLimitInMB: String(program.memory),
    logGroupName: program.functionName,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function reply(message: Reply): void {
  parentPort?.postMessage(message);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
