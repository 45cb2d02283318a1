import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { onTestFinished, vi } from 'vitest';
import { EventSource, QueueSender } from '../../local/cloud/event-source.ts';
import { type Queue, queuesOf } from '../../local/cloud/queues.ts';
import type { Service } from '../../local/cloud/service.ts';
import { Template } from '../../local/cloud/template.ts';
import { testAws } from './local-aws.ts';

/** Starts an SQS that has these queues. */
export type StartQueues = (queues: readonly Queue[]) => Promise<Service>;

/** Of every queue of these tests: s that a message is hidden. */
export const visibilityTimeout = 1;
/** Of every queue of these tests: tries before a message is put aside. */
const maxReceiveCount = 2;

/** Queues of one server, each with its dead-letter queue. */
export interface TestQueues {
  /** One that no other test uses. */
  next(): TestQueue;
  close(): Promise<void>;
}

export async function openQueues(start: StartQueues, count = 12): Promise<TestQueues> {
  const queues = queuesOf(new Template({ Resources: Object.fromEntries(pairs(count)) }));
  const server = await start(queues);
  const sqs = sqsClient(server.url);
  const sender = new QueueSender(server.url, testAws);
  const named = (name: string) => queues.find((queue) => queue.name === name) as Queue;
  let used = 0;
  return {
    next() {
      const number = used++;
      if (number >= count) throw new Error(`There are ${count} queues only.`);
      return new TestQueue(server.url, sqs, sender, named(`Queue${number}`), named(`Dead${number}`));
    },
    async close() {
      sqs.destroy();
      sender.close();
      await server.close();
    },
  };
}

/** What the function gets and gives that an event source feeds; `call` counts from 1. */
type Handler = (event: SQSEvent, call: number) => unknown;

export class TestQueue {
  readonly queue: Queue;
  readonly dead: Queue;
  readonly #endpoint: string;
  readonly #sqs: SQSClient;
  readonly #sender: QueueSender;

  constructor(endpoint: string, sqs: SQSClient, sender: QueueSender, queue: Queue, dead: Queue) {
    this.#endpoint = endpoint;
    this.#sqs = sqs;
    this.#sender = sender;
    this.queue = queue;
    this.dead = dead;
  }

  async send(...bodies: string[]): Promise<void> {
    for (const body of bodies) await this.#sender.send(this.queue.arn, body);
  }

  /** @param seconds to wait for a message */
  async receive(seconds: number, most = 10, from = this.queue): Promise<Message[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl(from.name),
        WaitTimeSeconds: seconds,
        MaxNumberOfMessages: most,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    return Messages;
  }

  async delete(messages: readonly Message[]): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl(this.queue.name), Entries }));
  }

  /** Messages that are there, also those that are hidden. */
  async depth(): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl(this.queue.name), AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  }

  async isEmpty(): Promise<void> {
    await vi.waitUntil(async () => (await this.depth()) === 0, { timeout: 10_000 });
  }

  /** The bodies of messages that were put aside, when there are so many. */
  async deadLetters(count: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < count) {
      const messages = await this.receive(10, 10, this.dead);
      if (messages.length === 0) break;
      found.push(...messages.map(({ Body = '' }) => Body));
    }
    return found.sort();
  }

  /** Has an event source hand the messages to `handler` until the test ends, three at a time at most. */
  feed(handler: Handler, reportsFailures = true): { batches: string[][]; source: EventSource } {
    const batches: string[][] = [];
    const target = {
      async invoke(event: unknown) {
        const { Records } = event as SQSEvent;
        batches.push(Records.map(({ body }) => body).sort());
        return handler(event as SQSEvent, batches.length);
      },
    };
    const source = new EventSource(this.#endpoint, testAws, {
      ...{ queue: this.queue, target, batchSize: 3, reportsFailures },
      onLine: (line) => {
        throw new Error(line);
      },
    });
    onTestFinished(() => source.close());
    return { batches, source };
  }
}

/** A client of queues at an address; whoever asks for it destroys it. */
export function sqsClient(endpoint: string): SQSClient {
  return new SQSClient({ endpoint, ...testAws, useQueueUrlAsEndpoint: false });
}

/** Stand-ins go by the last part of a queue's address alone. */
export function queueUrl(name: string): string {
  return `http://localhost/000000000000/${name}`;
}

function pairs(count: number): [string, object][] {
  return Array.from({ length: count }, (_, n): [string, object][] => [
    [`Queue${n}`, queue({ deadLetterTargetArn: { 'Fn::GetAtt': [`Dead${n}`, 'Arn'] }, maxReceiveCount })],
    [`Dead${n}`, queue()],
  ]).flat();
}

function queue(RedrivePolicy?: object) {
  return {
    Type: 'AWS::SQS::Queue',
    Properties: { VisibilityTimeout: visibilityTimeout, ...(RedrivePolicy && { RedrivePolicy }) },
  };
}
