import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Queue } from '../../local/cloud/queues.ts';
import type { Service } from '../../local/cloud/service.ts';
import { type DynamoServer, dynamoServer } from './dynamo.ts';
import { pythonTool } from './python.ts';
import { sqsClient } from './queues.ts';
import { type S3Server, s3Server } from './s3.ts';

export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

/** moto's server: many services of AWS at one address, in memory. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(pythonTool('moto_server'), ['--host', '127.0.0.1', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(server, 'exit');
  for await (const line of createInterface({ input: server.stderr })) {
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (!url) continue;
    // Nobody reads on: it must not wait for that.
    server.stderr.resume();
    return {
      url,
      async stop() {
        server.kill('SIGTERM');
        await exited;
      },
    };
  }
  throw new Error('moto ended before it listened.');
}

export const motoAccess = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

export async function startMotoDynamo(): Promise<DynamoServer> {
  const { url, stop } = await startMoto();
  const server = dynamoServer(url, stop);
  return {
    ...server,
    async openTable() {
      const [client, table] = await server.openTable();
      oneAtATime(client);
      return [client, table];
    },
  };
}

/** moto's conditional writes are not atomic: of two at once, both can succeed. So they do not come at once. */
function oneAtATime({ middlewareStack }: DynamoDBDocumentClient): void {
  let turn: Promise<unknown> = Promise.resolve();
  middlewareStack.add(
    (next) => (args) => {
      const answer = turn.then(() => next(args));
      turn = answer.catch(() => {});
      return answer;
    },
    { step: 'initialize', name: 'oneAtATime', override: true },
  );
}

export async function startMotoS3(): Promise<S3Server> {
  const { url, stop } = await startMoto();
  return s3Server({ url, close: stop });
}

/** The queues as the template has them, but in moto's account. */
export async function startMotoQueues(queues: readonly Queue[]): Promise<Service> {
  const { url, stop } = await startMoto();
  const sqs = sqsClient(url);
  // A queue can only lead to a dead-letter queue that is there.
  for (const { name, attributes } of queues.toSorted((a, b) => rank(a) - rank(b))) {
    const Attributes = Object.entries(attributes).map(([key, value]) => [key, inMotosAccount(value)]);
    await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: Object.fromEntries(Attributes) }));
  }
  sqs.destroy();
  return { url, close: stop };
}

const rank = ({ attributes }: Queue) => ('RedrivePolicy' in attributes ? 1 : 0);
const inMotosAccount = (value: string) => value.replace(':000000000000:', ':123456789012:');
