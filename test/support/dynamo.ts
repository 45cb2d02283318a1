import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { documentClient } from '../../aws/clients.ts';
import { requestsTable } from './requests-table.ts';

/** A DynamoDB that tests talk to. */
export interface DynamoServer {
  readonly endpoint: string;
  /** A client, and a fresh table of the stack's form. */
  openTable(): Promise<[client: DynamoDBDocumentClient, table: string]>;
  /** Another client of the same server; whoever asks for it destroys it. */
  connect(config: DynamoDBClientConfig): DynamoDBDocumentClient;
  close(): Promise<void>;
}

export async function startDynalite(): Promise<DynamoServer> {
  const server: Server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return dynamoServer(`http://127.0.0.1:${port}`, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
}

/** Dynalite in a process of its own: its memory and its processor time are not the caller's. */
export async function startDynaliteProcess(): Promise<DynamoServer> {
  const child = fork(path.join(import.meta.dirname, 'dynalite-main.ts'));
  const [{ endpoint }] = (await once(child, 'message')) as [{ endpoint: string }];
  return dynamoServer(endpoint, async () => {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  });
}

/** A server at an endpoint; `stop` ends it. */
export function dynamoServer(endpoint: string, stop: () => Promise<void>): DynamoServer {
  const config: DynamoDBClientConfig = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = documentClient(config);
  let tables = 0;
  return {
    endpoint,
    connect: (more) => documentClient({ ...config, ...more }),
    async openTable() {
      const table = `requests-${tables++}`;
      await createTable(config, table);
      return [client, table];
    },
    async close() {
      client.destroy();
      await stop();
    },
  };
}

async function createTable(config: DynamoDBClientConfig, table: string): Promise<void> {
  const client = new DynamoDBClient(config);
  const create = { TableName: table, BillingMode: 'PAY_PER_REQUEST', ...requestsTable } as const;
  await client.send(new CreateTableCommand(create));
  // Calls to a table that is still being created are refused.
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName: table });
  client.destroy();
}
