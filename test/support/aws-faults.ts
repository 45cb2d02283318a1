import type { Readable } from 'node:stream';
import type { RetryStrategyV2 } from '@smithy/types';

/** Anything of the AWS SDK's that sends commands. */
interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: each client has its own types of commands
  readonly middlewareStack: { add(middleware: any, options: { step: 'finalizeRequest'; priority: 'low' }): void };
}

const faults = ['throttled', 'unavailable', 'answer lost'] as const;
type Fault = (typeof faults)[number];

/**
 * Makes a share of a client's calls fail, as AWS does on a bad day.
 * @param random in [0, 1)
 */
export function injectFaults(client: Client, share: number, random: () => number): void {
  injectFault(client, () => (random() < share ? faults[Math.floor(random() * faults.length)] : undefined));
}

/**
 * Makes those calls of a client fail for which `next` names a fault: refused by throttling, failed by a 5xx, or carried
 * out without an answer. Each try of the SDK's is a call.
 */
export function injectFault(client: Client, next: () => Fault | undefined): void {
  const middleware = (send: (args: unknown) => Promise<{ response: { body?: Readable } }>) => async (args: unknown) => {
    const fault = next();
    if (!fault) return send(args);
    if (fault === 'throttled') throw failure('ThrottlingException', 400);
    if (fault === 'unavailable') throw failure('InternalServerError', 500);
    const { response } = await send(args);
    response.body?.resume();
    throw failure('TimeoutError');
  };
  client.middlewareStack.add(middleware, { step: 'finalizeRequest', priority: 'low' });
}

/** Tries as often as the SDK does by itself, without its pauses. */
export const impatient: RetryStrategyV2 = {
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (last) => {
    if (last.getRetryCount() >= 4) throw new Error('no attempts left');
    return token(last.getRetryCount() + 1);
  },
  recordSuccess: () => {},
};

const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });

function failure(name: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}
