import { PutBucketNotificationConfigurationCommand, type Event as S3Event } from '@aws-sdk/client-s3';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DynamoApiKeys } from '../../aws/dynamo-api-keys.ts';
import { DynamoIdempotencyKeys } from '../../aws/dynamo-idempotency-keys.ts';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import { DynamoRunHistory } from '../../aws/dynamo-run-history.ts';
import { DynamoRunLock } from '../../aws/dynamo-run-lock.ts';
import { S3Objects } from '../../aws/s3-objects.ts';
import { S3UploadForms } from '../../aws/s3-upload-forms.ts';
import { tensorKey, uploadKey } from '../../core/keys.ts';
import { leaseMs } from '../../core/request.ts';
import { acceptUpload } from '../../functions/accept-upload.ts';
import { createUpload } from '../../functions/create-upload.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { EventSource } from '../../local/cloud/event-source.ts';
import { bucketsOf } from '../../local/cloud/s3/buckets.ts';
import { synthesize } from '../../local/cloud/synthesize.ts';
import { Template } from '../../local/cloud/template.ts';
import { run } from '../../requestor/run.ts';
import { apiKeysContract } from '../contracts/api-keys.ts';
import { idempotencyKeysContract } from '../contracts/idempotency-keys.ts';
import { objectsContract } from '../contracts/objects.ts';
import { queuesContract } from '../contracts/queues.ts';
import { requestRowsContract } from '../contracts/request-rows.ts';
import { runHistoryContract } from '../contracts/run-history.ts';
import { runLockContract } from '../contracts/run-lock.ts';
import { installed, setUp } from '../functions/setup.ts';
import { historyOn, keysOn, objectsOn, onTable, rowsOn } from '../support/backends.ts';
import { filePart, form } from '../support/forms.ts';
import { MemoryLog, send } from '../support/http.ts';
import { newId } from '../support/ids.ts';
import { imageFile } from '../support/image-files.ts';
import { testAws } from '../support/local-aws.ts';
import { generousAdmission } from '../support/memory.ts';
import { startMotoDynamo, startMotoQueues, startMotoS3 } from '../support/moto.ts';
import { TestProviders } from '../support/providers.ts';
import { withPythonTool } from '../support/python.ts';
import { failureOf } from '../support/steps.ts';
import { MotoStack } from './moto-stack.ts';

withPythonTool('moto_server', () => {
  requestRowsContract('moto', rowsOn(startMotoDynamo));
  idempotencyKeysContract('moto', keysOn(startMotoDynamo));
  runHistoryContract('moto', historyOn(startMotoDynamo));
  runLockContract('moto', onTable(startMotoDynamo, DynamoRunLock));
  apiKeysContract('moto', onTable(startMotoDynamo, DynamoApiKeys));
  objectsContract('moto', objectsOn(startMotoS3));
  queuesContract('moto', startMotoQueues);
  describe('the template, deployed into moto', templateSuite);
});

function templateSuite(): void {
  let stack: MotoStack;
  let rows: DynamoRows;
  let objects: S3Objects;
  const template = synthesize({ apiKeys: true });

  beforeAll(async () => {
    stack = await MotoStack.deploy(await template);
    rows = new DynamoRows(stack.dynamo, stack.name('AWS::DynamoDB::Table', 'StorageRequests'), 30);
    objects = new S3Objects(stack.s3, stack.name('AWS::S3::Bucket'));
  }, 120_000);
  afterAll(() => stack?.stop());

  it('is made whole, but for what moto-template.ts names', async () => {
    expect(await stack.status()).toBe('CREATE_COMPLETE');
    for (const type of ['DynamoDB::Table', 'S3::Bucket', 'SQS::Queue', 'Lambda::Function', 'IAM::Policy', 'EC2::VPC']) {
      expect(stack.types).toContain(`AWS::${type}`);
    }
    expect(stack.types).toContain('AWS::ECS::TaskDefinition');
    expect(stack.types).toContain('AWS::Events::Rule');
  });

  it('holds a table and a bucket over which functions and requestor do the main job', async () => {
    const table = stack.name('AWS::DynamoDB::Table', 'StorageRequests');
    const history = new DynamoRunHistory(stack.dynamo, stack.name('AWS::DynamoDB::Table', 'StorageOperations'));
    const idempotency = new DynamoIdempotencyKeys(stack.dynamo, table);
    const { fn } = setUp({ rows, objects, idempotency, clock: Date.now, newId });

    const ids: string[] = [];
    for (const photo of ['colour-444.jpg', 'colour.png', 'palette.gif']) {
      const upload = form('boundary', [filePart(imageFile(photo))]);
      const { status, json } = await send(fn, { parameters: { model: 'starter' }, ...upload });
      expect(status).toBe(202);
      ids.push(json.req_id);
    }
    const services = { rows, objects, history, providers: new TestProviders(), clock: Date.now, installed };
    const signal = AbortSignal.timeout(60_000);
    const summary = await run(services, {
      owner: 'a run',
      providersPerFamily: 2,
      period: 600_000,
      lease: leaseMs,
      signal,
    });
    expect(summary).toMatchObject({ claimed: 3, done: 3, failed: 0, errors: [] });

    for (const id of ids) expect(await rows.get(id)).toMatchObject({ status: 'done', attempts: 1 });
  });

  // moto takes any form's policy and signature: those are checked in test/local-cloud/s3.
  it("takes an image by a form: S3 tells the queue, and the queue's function makes the request pending", async () => {
    const bucket = stack.name('AWS::S3::Bucket');
    const queue = stack.name('AWS::SQS::Queue', 'UploadsQueue').split('/').at(-1) ?? '';
    await tellOfUploads(stack, bucket, await template, queue);
    const log = new MemoryLog();
    const forms = new S3UploadForms(stack.s3, bucket, Date.now);
    const create = createUpload(
      { rows, forms, admission: generousAdmission(Date.now), clock: Date.now, newId, installed },
      log,
    );
    const accept = acceptUpload({ rows, objects, prepare: prepareImage, clock: Date.now }, log);
    const source = new EventSource(stack.url, testAws, {
      ...{ queue: { name: queue, arn: queueArn(queue), attributes: {} }, batchSize: 5, reportsFailures: true },
      target: { invoke: (event) => accept(event as SQSEvent) },
      onLine: (line) => {
        throw new Error(line);
      },
    });
    onTestFinished(() => source.close());

    const upload = async (file: Uint8Array): Promise<string> => {
      const { json } = await send(create, { route: '/uploads/{model}', parameters: { model: 'starter' } });
      const body = new FormData();
      for (const [name, value] of Object.entries<string>(json.upload.fields)) body.set(name, value);
      body.set('Content-Type', 'image/jpeg');
      body.set('file', new Blob([Uint8Array.from(file)]), 'a name.jpg');
      const { status } = await fetch(json.upload.url, { method: 'POST', body });
      expect(status).toBe(204);
      return json.req_id;
    };
    const photo = imageFile('colour-444.jpg');
    const [good, bad] = [await upload(photo), await upload(Buffer.from('no image'))];
    await expect.poll(async () => (await rows.get(good))?.status).toBe('pending');
    await expect.poll(async () => failureOf(await rows.get(bad))?.code).toBe('unsupported_image');
    expect(await objects.get(tensorKey(good))).toEqual(await prepareImage(photo, 224));
    await expect.poll(() => objects.get(uploadKey(good))).toBeUndefined();
  });
}

/** moto's CloudFormation leaves out the bucket's notifications: they are set by S3's own call, as the template has them. */
async function tellOfUploads({ s3 }: MotoStack, bucket: string, template: unknown, queue: string): Promise<void> {
  const notifications = bucketsOf(new Template(template)).flatMap(({ notifications }) => notifications);
  const QueueConfigurations = notifications.map(({ event, prefix }) => ({
    QueueArn: queueArn(queue),
    Events: [event as S3Event],
    Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: prefix }] } },
  }));
  expect(QueueConfigurations).toHaveLength(1);
  const configure = { Bucket: bucket, NotificationConfiguration: { QueueConfigurations } };
  await s3.send(new PutBucketNotificationConfigurationCommand(configure));
}

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
