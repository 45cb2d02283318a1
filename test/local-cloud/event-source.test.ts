import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { localAws } from '../../local/cloud/environment.ts';
import { EventSource, QueueSender } from '../../local/cloud/event-source.ts';
import { startFauxqs } from '../../local/cloud/fauxqs.ts';
import { FunctionError } from '../../local/cloud/instance.ts';
import { type Queue, queuesOf } from '../../local/cloud/queues.ts';
import { Template } from '../../local/cloud/template.ts';
import { temporaryDirectory } from './running-cloud.ts';

/** A queue that hides messages for a moment only and puts them aside after two tries, for each test one. */
const resources = Object.fromEntries(
  Array.from({ length: 8 }, (_, n) => [
    [`Queue${n}`, queue({ deadLetterTargetArn: { 'Fn::GetAtt': [`Dead${n}`, 'Arn'] }, maxReceiveCount: 2 })],
    [`Dead${n}`, queue()],
  ]).flat(),
);
const queues = queuesOf(new Template({ Resources: resources }));
const emulator = await startFauxqs(await temporaryDirectory(afterAll), [], queues);
const sqs = new SQSClient({ endpoint: emulator.url, ...localAws, useQueueUrlAsEndpoint: false });
const sender = new QueueSender(emulator.url);
afterAll(async () => {
  sqs.destroy();
  sender.close();
  await emulator.close();
});

let used = 0;

/** A queue whose messages go to `handler`, with what became of it all. */
function run(handler: (event: SQSEvent, call: number) => unknown, reportsFailures = true) {
  const number = used++;
  const [queue, dead] = [byName(`Queue${number}`), byName(`Dead${number}`)];
  const batches: string[][] = [];
  const target = {
    async invoke(event: unknown) {
      const { Records } = event as SQSEvent;
      batches.push(Records.map(({ body }) => body).sort());
      return handler(event as SQSEvent, batches.length);
    },
  };
  const source = new EventSource(emulator.url, {
    ...{ queue, target, batchSize: 3, reportsFailures },
    onLine: (line) => {
      throw new Error(line);
    },
  });
  onTestFinished(() => source.close());
  return {
    ...{ queue, dead, batches, source },
    send: async (...bodies: string[]) => {
      for (const body of bodies) await sender.send(queue.arn, body);
    },
    isEmpty: () => vi.waitUntil(async () => (await depth(queue)) === 0, { timeout: 5_000 }),
    deadLetters: async (count: number) => {
      const found: string[] = [];
      while (found.length < count) {
        const receive = { QueueUrl: url(dead), WaitTimeSeconds: 5, MaxNumberOfMessages: 10 };
        const { Messages } = await sqs.send(new ReceiveMessageCommand(receive));
        if (!Messages) break;
        found.push(...Messages.map(({ Body = '' }) => Body));
      }
      return found.sort();
    },
  };
}

test("messages come as Lambda's event, and are deleted", async () => {
  const events: SQSEvent[] = [];
  const { send, isEmpty, queue } = run((event) => {
    events.push(event);
    return null;
  });
  await send('{"ä":1}');
  await isEmpty();
  const text = expect.stringMatching(/./);
  expect(events).toEqual([
    {
      Records: [
        {
          ...{
            messageId: text,
            receiptHandle: text,
            body: '{"ä":1}',
            md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
          },
          ...{ messageAttributes: {}, eventSource: 'aws:sqs', eventSourceARN: queue.arn, awsRegion: 'us-east-1' },
          attributes: {
            ...{ ApproximateReceiveCount: '1', SenderId: text, SentTimestamp: text },
            ApproximateFirstReceiveTimestamp: text,
          },
        },
      ],
    },
  ]);
});

test('a batch has no more messages than the mapping says', async () => {
  const { send, isEmpty, batches } = run(() => ({ batchItemFailures: [] }));
  await send('1', '2', '3', '4', '5', '6', '7');
  await isEmpty();
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(3);
  expect(batches.flat().sort()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
});

test('what the function gives back comes again, and is put aside after the last try; the rest is done', async () => {
  const { send, isEmpty, batches, deadLetters } = run(({ Records }) => ({
    batchItemFailures: Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({
      itemIdentifier: messageId,
    })),
  }));
  await send('good', 'bad', 'fine');
  expect(await deadLetters(1)).toEqual(['bad']);
  await isEmpty();
  const tries = batches.flat();
  expect(tries.sort()).toEqual(['bad', 'bad', 'fine', 'good']);
});

describe('the whole batch comes again', () => {
  test.each<[string, (call: number) => unknown]>([
    [
      'when the function fails',
      () => {
        throw new FunctionError('It crashed.');
      },
    ],
    ['when it reports messages that it never got', () => ({ batchItemFailures: [{ itemIdentifier: 'other' }] })],
    ['when its report is none', () => ({ batchItemFailures: [{ id: 1 }] })],
  ])('%s', async (_, fail) => {
    const { send, isEmpty, batches } = run((_, call) => (call === 1 ? fail(call) : null));
    await send('a');
    await isEmpty();
    expect(batches).toEqual([['a'], ['a']]);
  });
});

test('a report counts only when the mapping asks for it', async () => {
  const { send, isEmpty, batches } = run(
    ({ Records }) => ({ batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) }),
    false,
  );
  await send('a');
  await isEmpty();
  expect(batches).toEqual([['a']]);
});

test('closing waits for the batch under way, and takes no other', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<null>();
  const { send, source, batches, isEmpty, queue } = run(() => {
    started.resolve();
    return finish.promise;
  });
  await send('a');
  await started.promise;
  const closed = source.close();
  finish.resolve(null);
  await closed;
  await isEmpty();
  await send('b');
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url(queue) }));
  expect([batches, Messages?.map(({ Body }) => Body)]).toEqual([[['a']], ['b']]);
});

test('messages survive a restart, and a queue takes on what the template says now', async () => {
  const dataDir = await temporaryDirectory();
  const [name, arn] = ['Kept', 'arn:aws:sqs:us-east-1:000000000000:Kept'];
  const first = await startFauxqs(dataDir, [], [{ name, arn, attributes: { VisibilityTimeout: '1' } }]);
  const toFirst = new QueueSender(first.url);
  await toFirst.send(arn, 'kept');
  toFirst.close();
  await first.close();

  const again = await startFauxqs(dataDir, [], [{ name, arn, attributes: { VisibilityTimeout: '7' } }]);
  onTestFinished(() => again.close());
  const client = new SQSClient({ endpoint: again.url, ...localAws, useQueueUrlAsEndpoint: false });
  onTestFinished(() => client.destroy());
  const QueueUrl = `http://localhost/000000000000/${name}`;
  const wanted = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] });
  expect((await client.send(wanted)).Attributes).toEqual({ VisibilityTimeout: '7' });
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['kept']);
});

function queue(RedrivePolicy?: object) {
  return { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 1, ...(RedrivePolicy && { RedrivePolicy }) } };
}

function byName(name: string): Queue {
  const found = queues.find((queue) => queue.name === name);
  if (!found) throw new Error(`There is no queue ${name}.`);
  return found;
}

function url({ name }: Queue): string {
  return `http://localhost/000000000000/${name}`;
}

/** Messages that are there, also those that are hidden. */
async function depth(queue: Queue): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}
