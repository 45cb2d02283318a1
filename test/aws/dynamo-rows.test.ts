import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import { PlatformError } from '../../core/errors.ts';
import { claim, newRequest } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { impatient, injectFault } from '../support/aws-faults.ts';
import { type DynamoServer, startDynalite } from '../support/dynamo.ts';
import { newId } from '../support/ids.ts';

const start = 1_790_000_000_000;

let server: DynamoServer;
beforeAll(async () => {
  server = await startDynalite();
});
afterAll(() => server?.close());

describe('a replacement whose answer is lost', () => {
  it('has taken effect when the repeated call finds it in place', async () => {
    const { rows, unreliable, close } = await withLostAnswers(1);
    const request = newRequest(newId(), 'starter', start);
    await rows.add(request);
    const after = { ...request, version: 2 };
    expect(await unreliable.replace(request, after)).toBe(after);
    expect(await rows.get(request.id)).toEqual(after);
    close();
  });

  it('is an error when no answer comes at all', async () => {
    const { rows, unreliable, close } = await withLostAnswers(99);
    const request = newRequest(newId(), 'starter', start);
    await rows.add(request);
    await expect(unreliable.replace(request, { ...request, version: 2 })).rejects.toThrow(PlatformError);
    close();
  });

  async function withLostAnswers(times: number) {
    const [client, table] = await server.openTable();
    const losing = server.connect({ retryStrategy: impatient });
    let left = times;
    injectFault(losing, () => (left-- > 0 ? 'answer lost' : undefined));
    return {
      rows: new DynamoRows(client, table, 30),
      unreliable: new DynamoRows(losing, table, 30),
      close: () => losing.destroy(),
    };
  }
});

describe('a request', () => {
  it('is read as it is now, and what is in the way of a replacement comes with the refusal', async () => {
    const [, table] = await server.openTable();
    const client = server.connect({});
    const inputs: unknown[] = [];
    client.middlewareStack.add(
      (next) => (args) => {
        inputs.push(args.input);
        return next(args);
      },
      { step: 'initialize' },
    );
    const rows = new DynamoRows(client, table, 30);
    const request = newRequest(newId(), 'starter', start);
    await rows.get(request.id);
    await rows.replace(request, { ...request, version: 2 });
    expect(inputs).toMatchObject([
      { Key: { id: request.id }, ConsistentRead: true },
      { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      { Key: { id: request.id }, ConsistentRead: true },
    ]);
    client.destroy();
  });

  it('is passed over where it waits for work that it does not need', async () => {
    const [client, table] = await server.openTable();
    const item = { id: newId(), model: 'starter', status: 'uploading', created_at: start, upload_until: start };
    await client.send(new PutCommand({ TableName: table, Item: { ...item, queue: 'starter#0', due: start } }));
    const waiting = newRequest(newId(), 'starter', start);
    const rows = new DynamoRows(client, table, 30);
    await rows.add(waiting);
    const listed = [];
    for await (const request of rows.pending('starter')) listed.push(request);
    expect(listed).toEqual([waiting]);
  });

  it('waits with all of its model, of which as many are counted as matter', async () => {
    const [client, table] = await server.openTable();
    const rows = new DynamoRows(client, table, 30);
    await Promise.all(Array.from({ length: 9 }, (_, i) => rows.add(newRequest(newId(), 'starter', start + i))));
    await rows.add(newRequest(newId(), 'vgg16', start));
    expect(await rows.waiting('starter', 100)).toBe(9);
    expect(await rows.waiting('starter', 5)).toBe(5);
    expect(await rows.waiting('vgg19', 5)).toBe(0);
  });

  it('has no place when too many are before it in one queue of four', async () => {
    const [client, table] = await server.openTable();
    const rows = new DynamoRows(client, table, 30);
    const inFirstQueue = () => `${newId().slice(1)}0`;
    const older = Array.from({ length: 251 }, () => newRequest(inFirstQueue(), 'starter', start));
    await Promise.all(older.map((request) => rows.add(request)));
    expect(await rows.ahead(newRequest(newId(), 'starter', start + 1))).toBeUndefined();
  });
});

describe('an item of mlg 0.1, which has no version', () => {
  it('is claimed once', async () => {
    const [client, table] = await server.openTable();
    const rows = new DynamoRows(client, table, 30);
    const id = newId();
    const queue = { lane: 'starter#0', queue: 'starter#0', due: start };
    const item = { id, model: 'starter', status: 'pending', created_at: start, attempts: 0, ...queue };
    await client.send(new PutCommand({ TableName: table, Item: item }));
    const known = await rows.get(id);
    if (!known) throw new Error('It was stored.');
    const claims = ['a', 'b'].map((owner) =>
      takeStep(rows, known, (row) => claim(row, { owner, until: start + 10 }, start)),
    );
    const won = (await Promise.all(claims)).filter((claimed) => claimed !== undefined);
    expect(won).toHaveLength(1);
    expect(await rows.get(id)).toEqual(won[0]);
  });
});

it('an item without what its status requires is named, not taken for a request', async () => {
  const [client, table] = await server.openTable();
  const id = newId();
  const item = { id, model: 'starter', status: 'done', created_at: start, attempts: 1, version: 3, started_at: start };
  await client.send(new PutCommand({ TableName: table, Item: { ...item, completed_at: start } }));
  const reading = new DynamoRows(client, table, 30).get(id);
  await expect(reading).rejects.toThrow(`The done request ${id.slice(0, 8)}… has no outcome.`);
});

it('a place is known up to 250 older requests in a shard, and not beyond', async () => {
  const [client, table] = await server.openTable();
  const rows = new DynamoRows(client, table, 30);
  // Ids that end alike lie in one shard.
  const add = async (age: number) => {
    const request = newRequest(`${newId().slice(1)}0`, 'starter', start - age);
    await rows.add(request);
    return request;
  };
  const last = await add(0);
  await Promise.all(Array.from({ length: 250 }, (_, i) => add(i + 1)));
  expect(await rows.ahead(last)).toBe(250);
  await add(300);
  expect(await rows.ahead(last)).toBeUndefined();
});
