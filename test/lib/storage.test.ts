import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { requestsTable } from '../support/requests-table.ts';
import { containersOf, resolver, templateWith } from './stacks.ts';

const template = await templateWith({});

describe('table', () => {
  test('has one key, one index of all attributes, and is paid by request', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      ...requestsTable,
    });
  });

  test('forgets rows by expires_at, and can be restored to a point in time', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });
});

describe('bucket', () => {
  test('is private and encrypted', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
  });

  test('refuses whatever comes without TLS', () => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:*',
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  test('forgets images', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          { Id: 'tensors', Prefix: 'tensors/', ExpirationInDays: 30, Status: 'Enabled' },
          { Id: 'uploads', Prefix: 'uploads/', ExpirationInDays: 1, Status: 'Enabled' },
          { Id: 'records-of-runs', Prefix: 'runs/', ExpirationInDays: 90, Status: 'Enabled' },
          { Id: 'broken-uploads', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
        ],
      },
    });
  });
});

describe('retention', () => {
  test.each([
    // An image is kept for as long as its request may wait.
    [1, 7],
    [7, 7],
    [8, 8],
    [365, 365],
  ])('of results for %i days: images stay for %i, and every program is told the same', async (resultDays, images) => {
    const template = await templateWith({ resultDays, runRecordDays: 5 });
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ Prefix: 'tensors/', ExpirationInDays: images }),
          Match.objectLike({ Prefix: 'runs/', ExpirationInDays: 5 }),
        ]),
      },
    });
    const local = resolver(template);
    const functions = Object.values(template.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => local.resolve(Properties.Environment?.Variables ?? {}) as Record<string, string>,
    );
    const told = functions.filter((environment) => 'RESULT_DAYS' in environment);
    expect(told.length).toBeGreaterThanOrEqual(5);
    for (const environment of told) expect(environment.RESULT_DAYS).toBe(String(resultDays));
    expect(containersOf(template).requestor.Environment).toContainEqual({
      Name: 'RESULT_DAYS',
      Value: String(resultDays),
    });
  });
});

test.each([
  [true, 'Retain'],
  [false, 'Delete'],
])('keepData %s: table and bucket', async (keepData, DeletionPolicy) => {
  const template = await templateWith({ keepData });
  template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy });
  template.hasResource('AWS::S3::Bucket', { DeletionPolicy });
});

describe('uploads', () => {
  const [queueId = ''] = Object.keys(
    template.findResources('AWS::SQS::Queue', { Properties: { VisibilityTimeout: 180 } }),
  );
  const queueArn = { 'Fn::GetAtt': [queueId, 'Arn'] };

  test('the bucket tells a queue of what is created under uploads/, once the queue lets it', () => {
    const notification = {
      ...{ Event: 's3:ObjectCreated:*', Queue: queueArn },
      Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'uploads/' }] } },
    };
    template.hasResource('AWS::S3::Bucket', {
      Properties: { NotificationConfiguration: { QueueConfigurations: [notification] } },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^UploadsQueuePolicy')]),
    });
  });

  test('S3 of this account alone may write to the queue, and over TLS alone', () => {
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: queueId }],
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sqs:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
          {
            ...{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn },
            Principal: { Service: 's3.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });

  test('the queue is encrypted, hides a message for six times as long as a function may run, and has dead letters', () => {
    const timeout = Object.values(template.findResources('AWS::Lambda::Function')).find(
      ({ Metadata }) => Metadata['mlg:source'] === 'functions/accept-upload.ts',
    )?.Properties.Timeout;
    expect(timeout * 6).toBe(180);
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 180,
      RedrivePolicy: {
        maxReceiveCount: 5,
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^UploadsDeadLetters'), 'Arn'] },
      },
    });
  });

  test('the function gets small batches, a few at once, and gives back what failed', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ...{ EventSourceArn: queueArn, BatchSize: 5, FunctionResponseTypes: ['ReportBatchItemFailures'] },
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });
});
