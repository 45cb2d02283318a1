import { GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { QueueSender } from '../../local/cloud/event-source.ts';
import { startFauxqs } from '../../local/cloud/fauxqs.ts';
import { startPassingFauxqs } from '../support/fauxqs.ts';
import { testAws } from '../support/local-aws.ts';
import { openQueues, queueUrl, sqsClient } from '../support/queues.ts';
import { temporaryDirectory } from './running-cloud.ts';

const queues = await openQueues(startPassingFauxqs);
afterAll(() => queues.close());

test("messages come as Lambda's event, and are deleted", async () => {
  const events: SQSEvent[] = [];
  const queue = queues.next();
  queue.feed((event) => {
    events.push(event);
    return null;
  });
  await queue.send('{"ä":1}');
  await queue.isEmpty();
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
          ...{ messageAttributes: {}, eventSource: 'aws:sqs', eventSourceARN: queue.queue.arn, awsRegion: 'us-east-1' },
          attributes: {
            ...{ ApproximateReceiveCount: '1', SenderId: text, SentTimestamp: text },
            ApproximateFirstReceiveTimestamp: text,
          },
        },
      ],
    },
  ]);
});

describe('the whole batch comes again', () => {
  test.each<[string, (call: number) => unknown]>([
    ['when it reports messages that it never got', () => ({ batchItemFailures: [{ itemIdentifier: 'other' }] })],
    ['when its report is none', () => ({ batchItemFailures: [{ id: 1 }] })],
  ])('%s', async (_, fail) => {
    const queue = queues.next();
    const { batches } = queue.feed((_, call) => (call === 1 ? fail(call) : null));
    await queue.send('a');
    await queue.isEmpty();
    expect(batches).toEqual([['a'], ['a']]);
  });
});

test('a report counts only when the mapping asks for it', async () => {
  const queue = queues.next();
  const { batches } = queue.feed(
    ({ Records }) => ({ batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) }),
    false,
  );
  await queue.send('a');
  await queue.isEmpty();
  expect(batches).toEqual([['a']]);
});

test('closing waits for the batch under way, and takes no other', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<null>();
  const queue = queues.next();
  const { batches, source } = queue.feed(() => {
    started.resolve();
    return finish.promise;
  });
  await queue.send('a');
  await started.promise;
  const closed = source.close();
  finish.resolve(null);
  await closed;
  await queue.isEmpty();
  await queue.send('b');
  expect([batches, (await queue.receive(5)).map(({ Body }) => Body)]).toEqual([[['a']], ['b']]);
});

test('messages survive a restart, and a queue takes on what the template says now', async () => {
  const dataDir = await temporaryDirectory();
  const [name, arn] = ['Kept', 'arn:aws:sqs:us-east-1:000000000000:Kept'];
  const first = await startFauxqs(dataDir, [], [{ name, arn, attributes: { VisibilityTimeout: '1' } }], testAws);
  const toFirst = new QueueSender(first.url, testAws);
  await toFirst.send(arn, 'kept');
  toFirst.close();
  await first.close();

  const again = await startFauxqs(dataDir, [], [{ name, arn, attributes: { VisibilityTimeout: '7' } }], testAws);
  onTestFinished(() => again.close());
  const client = sqsClient(again.url);
  onTestFinished(() => client.destroy());
  const QueueUrl = queueUrl(name);
  const wanted = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] });
  expect((await client.send(wanted)).Attributes).toEqual({ VisibilityTimeout: '7' });
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['kept']);
});
