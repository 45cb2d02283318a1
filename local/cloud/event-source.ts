import { setTimeout as after } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import type { LocalAws } from './credentials.ts';
import type { LambdaFunction } from './functions.ts';
import type { Queue } from './queues.ts';
import { region, type Template } from './template.ts';

const mapping = v.object({
  EventSourceArn: v.string(),
  FunctionName: v.string(),
  BatchSize: v.optional(v.pipe(v.number(), v.maxValue(10)), 10),
  FunctionResponseTypes: v.optional(v.array(v.string()), []),
});

/** s; the longest that SQS waits for a message. */
const longPoll = 20;
/** ms before an unreachable queue is asked again. */
const pause = 1_000;
/** ms for a batch under way when the local cloud closes. */
const patience = 5_000;

interface EventSourceOptions {
  readonly queue: Queue;
  readonly target: Pick<LambdaFunction, 'invoke'>;
  readonly batchSize: number;
  /** Whether the function reports which messages of a batch failed. */
  readonly reportsFailures: boolean;
  readonly onLine: (line: string) => void;
}

/**
 * Passes a queue's messages to a function, one batch at a time, and deletes those that it has processed. The others
 * return after the queue's visibility timeout; in the end the queue moves them to its dead-letter queue.
 */
export class EventSource {
  readonly #sqs: SQSClient;
  readonly #options: EventSourceOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  /** @param endpoint of SQS */
  constructor(endpoint: string, aws: LocalAws, options: EventSourceOptions) {
    this.#sqs = sqsClient(endpoint, aws);
    this.#options = options;
    this.#ended = this.#run();
  }

  /** Ends at once, but for a batch under way; its messages come again when it does not end in time. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.race([this.#ended, after(patience, undefined, { ref: false })]);
    this.#sqs.destroy();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const messages = await this.#receive();
        if (messages.length > 0) await this.#work(messages);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onLine(`The queue could not be read. ${(error as Error).message}`);
        await after(pause, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #receive(): Promise<Message[]> {
    const receive = new ReceiveMessageCommand({
      QueueUrl: queueUrl(this.#options.queue.name),
      MaxNumberOfMessages: this.#options.batchSize,
      WaitTimeSeconds: longPoll,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await this.#sqs.send(receive, { abortSignal: this.#stop.signal });
    return Messages;
  }

  async #work(messages: readonly Message[]): Promise<void> {
    const { queue, target, reportsFailures } = this.#options;
    const result = await target.invoke(toEvent(messages, queue.arn)).catch(() => undefined);
    if (result === undefined) return;
    const failed = reportsFailures ? failures(result, messages) : new Set<string>();
    const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    if (done.length === 0) return;
    const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl(queue.name), Entries }));
  }
}

/** The template's event source mappings, at work. */
export function startEventSources(
  template: Template,
  functions: readonly LambdaFunction[],
  queues: readonly Queue[],
  endpoint: string,
  aws: LocalAws,
  onLine: (source: string, line: string) => void,
): EventSource[] {
  return template.resources('AWS::Lambda::EventSourceMapping', mapping).map(({ id, properties }) => {
    const queue = queues.find(({ arn }) => arn === properties.EventSourceArn);
    const name = properties.FunctionName.split(':').at(-1);
    const target = functions.find(({ arn }) => arn.split(':').at(-1) === name);
    if (!queue || !target) throw new Error(`The event source mapping ${id} leads from no queue or to no function.`);
    return new EventSource(endpoint, aws, {
      ...{ queue, target, batchSize: properties.BatchSize },
      reportsFailures: properties.FunctionResponseTypes.includes('ReportBatchItemFailures'),
      onLine: (line) => onLine(target.source, line),
    });
  });
}

/** Sends messages to queues that are known by their ARN. */
export class QueueSender {
  readonly #sqs: SQSClient;

  /** @param endpoint of SQS */
  constructor(endpoint: string, aws: LocalAws) {
    this.#sqs = sqsClient(endpoint, aws);
  }

  async send(queueArn: string, body: string): Promise<void> {
    const QueueUrl = queueUrl(queueArn.split(':').at(-1) ?? '');
    await this.#sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  }

  close(): void {
    this.#sqs.destroy();
  }
}

/** All queues are at one address, whatever theirs says. */
function sqsClient(endpoint: string, aws: LocalAws): SQSClient {
  return new SQSClient({ endpoint, ...aws, useQueueUrlAsEndpoint: false });
}

/** The emulator goes by the last part of a queue's address alone. */
function queueUrl(name: string): string {
  return `http://localhost/000000000000/${name}`;
}

function toEvent(messages: readonly Message[], eventSourceARN: string): SQSEvent {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId ?? '',
      receiptHandle: message.ReceiptHandle ?? '',
      body: message.Body ?? '',
      attributes: message.Attributes as SQSEvent['Records'][number]['attributes'],
      messageAttributes: {},
      md5OfBody: message.MD5OfBody ?? '',
      eventSource: 'aws:sqs',
      eventSourceARN,
      awsRegion: region,
    })),
  };
}

const report = v.nullish(
  v.object({ batchItemFailures: v.nullish(v.array(v.object({ itemIdentifier: v.pipe(v.string(), v.nonEmpty()) }))) }),
);

/** The ids of the messages to come again: all, as in Lambda, when the function's report is none. */
function failures(result: unknown, messages: readonly Message[]): Set<string> {
  const all = new Set(messages.map(({ MessageId = '' }) => MessageId));
  const parsed = v.safeParse(report, result);
  if (!parsed.success) return all;
  const failed = new Set(parsed.output?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  return [...failed].every((id) => all.has(id)) ? failed : all;
}
