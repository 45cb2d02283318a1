import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { storeVariables } from '../aws/names.ts';
import { environmentOf } from '../aws/settings.ts';
import { prefixes } from '../core/keys.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface UploadsProps {
  readonly storage: Storage;
  readonly settings: Pick<MlgSettings, 'logDays' | 'imageConcurrency'>;
}

/** The longest that taking in one batch may last. */
const timeout = Duration.seconds(30);
/** Images in memory one after the other; a batch of the slowest takes a few seconds. */
const batchSize = 5;
/** Tries before a message is put aside; with the pauses between them as long as a request waits for its image. */
const maxReceiveCount = 5;
/** Of an account's ten to a thousand concurrent functions, those that uploads may take. */
const maxConcurrency = 5;

/** What browsers send straight to the bucket: S3 tells a queue of it, and a function takes it in. */
export class Uploads extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly acceptUpload: LambdaFunction;

  constructor(scope: Construct, id: string, { storage, settings }: UploadsProps) {
    super(scope, id);
    const secured = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) };
    this.deadLetters = new Queue(this, 'DeadLetters', secured);
    this.queue = new Queue(this, 'Queue', {
      ...secured,
      // Lambda's advice: six times as long as the function may take.
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount },
    });
    this.#listenTo(storage);

    this.acceptUpload = new LambdaFunction(this, 'AcceptUpload', {
      source: 'functions/accept-upload.ts',
      environment: environmentOf(storeVariables, storage.values),
      memory: 1769,
      timeout,
      logDays: settings.logDays,
      usesSharp: true,
      reservedConcurrency: settings.imageConcurrency,
    });
    this.#grant(storage);
    this.acceptUpload.lambda.addEventSourceMapping('Queue', {
      eventSourceArn: this.queue.queueArn,
      batchSize,
      // More than are reserved, and messages would be tried in vain, and in the end be put aside.
      maxConcurrency: Math.min(maxConcurrency, settings.imageConcurrency ?? maxConcurrency),
      reportBatchItemFailures: true,
    });
  }

  /**
   * Has the bucket tell the queue, as a property of the bucket. CDK's own addEventNotification would add a function to
   * the stack that sets it, with the right to change the notifications of every bucket.
   */
  #listenTo({ bucket }: Storage): void {
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        // The account and not the bucket, because the bucket can only be made once the queue lets it in.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const resource = bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          filter: { s3Key: { rules: [{ name: 'prefix', value: prefixes.uploads }] } },
          queue: this.queue.queueArn,
        },
      ],
    };
    resource.node.addDependency(this.queue);
  }

  #grant(storage: Storage): void {
    const { table, bucket } = storage;
    const { acceptUpload, queue } = this;
    acceptUpload.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], table.tableArn);
    acceptUpload.allow(['s3:GetObject', 's3:DeleteObject'], storage.objects('uploads'));
    acceptUpload.allow(['s3:PutObject', 's3:DeleteObject'], storage.objects('tensors'));
    // Without it S3 answers 403, not 404, for an object that is not there.
    acceptUpload.allow(['s3:ListBucket'], bucket.bucketArn);
    acceptUpload.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.queueArn);
  }
}
