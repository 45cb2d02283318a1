import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { s3Client } from '../../aws/clients.ts';
import { type DynamoServer, dynamoServer } from './dynamo.ts';
import { pythonTool } from './python.ts';
import type { S3Server } from './s3.ts';

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
  const connect = (config: S3ClientConfig = {}) => s3Client({ endpoint: url, ...motoAccess, ...config });
  const client = connect();
  let buckets = 0;
  return {
    connect,
    async openBucket() {
      const bucket = `images-${buckets++}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return [client, bucket];
    },
    async close() {
      client.destroy();
      await stop();
    },
  };
}
