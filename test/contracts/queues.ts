import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionError } from '../../local/cloud/instance.ts';
import { openQueues, type StartQueues, type TestQueues, visibilityTimeout } from '../support/queues.ts';

/** What the service relies on of SQS: the queue by itself, and as it feeds a function that reports failures. */
export function queuesContract(name: string, start: StartQueues): void {
  describe(`${name} as SQS`, () => {
    let queues: TestQueues;
    beforeAll(async () => {
      queues = await openQueues(start);
    }, 60_000);
    afterAll(() => queues?.close());

    it('gives a message with all that an event tells of it', async () => {
      const queue = queues.next();
      await queue.send('{"ä":1}');
      const [message] = await queue.receive(5);
      const text = expect.stringMatching(/./);
      expect(message).toMatchObject({
        ...{
          MessageId: text,
          ReceiptHandle: text,
          Body: '{"ä":1}',
          MD5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        },
        Attributes: {
          ...{ ApproximateReceiveCount: '1', SenderId: text },
          ...{ SentTimestamp: expect.stringMatching(/^\d{13}$/), ApproximateFirstReceiveTimestamp: text },
        },
      });
    });

    it('gives no more messages at once than were asked for', async () => {
      const queue = queues.next();
      const bodies = ['1', '2', '3', '4', '5'];
      await queue.send(...bodies);
      const seen: unknown[] = [];
      while (seen.length < bodies.length) {
        const messages = await queue.receive(5, 2);
        expect([1, 2]).toContain(messages.length);
        seen.push(...messages.map(({ Body }) => Body));
        await queue.delete(messages);
      }
      expect(seen.sort()).toEqual(bodies);
    });

    it('answers who waits when a message comes', { timeout: 15_000 }, async () => {
      const queue = queues.next();
      const waiting = queue.receive(20);
      await queue.send('late');
      expect((await waiting).map(({ Body }) => Body)).toEqual(['late']);
    });

    it('hides a message that was received, and then gives it again', async () => {
      const queue = queues.next();
      await queue.send('a');
      const started = performance.now();
      const [first] = await queue.receive(5);
      const [again] = await queue.receive(10);
      // A little less, because clocks differ.
      expect(performance.now() - started).toBeGreaterThan(visibilityTimeout * 1000 - 20);
      expect(again).toMatchObject({
        ...{ MessageId: first?.MessageId, Body: 'a' },
        Attributes: { ApproximateReceiveCount: '2' },
      });
    });

    it('deletes the messages that are named, and no other', async () => {
      const queue = queues.next();
      await queue.send('a', 'b');
      const [one] = await queue.receive(5, 1);
      await queue.delete(one ? [one] : []);
      expect(await queue.depth()).toBe(1);
      const [other] = await queue.receive(10, 10);
      expect([one?.Body, other?.Body].sort()).toEqual(['a', 'b']);
    });

    it('puts a message aside that was received too often, and gives it no more', async () => {
      const queue = queues.next();
      await queue.send('bad');
      for (const count of ['1', '2']) {
        const [message] = await queue.receive(10);
        expect(message?.Attributes?.ApproximateReceiveCount).toBe(count);
      }
      expect(await queue.receive(3)).toEqual([]);
      expect(await queue.deadLetters(1)).toEqual(['bad']);
      expect(await queue.depth()).toBe(0);
    });

    it('feeds a function batches that are no larger than asked for', async () => {
      const queue = queues.next();
      await queue.send('1', '2', '3', '4', '5', '6', '7');
      const { batches } = queue.feed(() => ({ batchItemFailures: [] }));
      await queue.isEmpty();
      expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(3);
      expect(batches.flat().sort()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    });

    it('gives again what the function gave back, puts it aside after the last try, and the rest is done', async () => {
      const queue = queues.next();
      const { batches } = queue.feed(({ Records }) => ({
        batchItemFailures: Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({
          itemIdentifier: messageId,
        })),
      }));
      await queue.send('good', 'bad', 'fine');
      expect(await queue.deadLetters(1)).toEqual(['bad']);
      await queue.isEmpty();
      expect(batches.flat().sort()).toEqual(['bad', 'bad', 'fine', 'good']);
    });

    it('gives the whole batch again when the function fails', async () => {
      const queue = queues.next();
      await queue.send('a', 'b');
      const { batches } = queue.feed((_, call) => {
        if (call === 1) throw new FunctionError('It crashed.');
        return null;
      });
      await queue.isEmpty();
      expect(batches[0]).not.toEqual([]);
      const tries = batches.flat();
      for (const body of batches[0] ?? []) expect(tries.filter((each) => each === body)).toHaveLength(2);
    });
  });
}
