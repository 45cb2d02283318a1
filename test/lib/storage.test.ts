import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { requestsTable } from '../support/requests-table.ts';
import { containersOf, resolver, templateWith } from './stacks.ts';

const template = await templateWith({});

describe('tables', () => {
  test('of requests has one key, one index of all attributes, and is paid by request', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      ...requestsTable,
    });
  });

  test('of what operates the service has one key and no index', () => {
    const [operations] = Object.entries(template.findResources('AWS::DynamoDB::Table')).filter(([id]) =>
      id.startsWith('StorageOperations'),
    );
    expect(operations?.[1].Properties).toMatchObject({
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
    expect(operations?.[1].Properties).not.toHaveProperty('GlobalSecondaryIndexes');
  });

  test('forget items by expires_at, and can be restored to a point in time', () => {
    template.allResourcesProperties('AWS::DynamoDB::Table', {
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

/** What holds requests, images, keys, debts or money: lost with the stack, they would be lost for good. */
const held = {
  'AWS::DynamoDB::Table': 2,
  'AWS::S3::Bucket': 1,
  'AWS::EFS::FileSystem': 1,
  'AWS::SecretsManager::Secret': 2,
};
/** What is made again, or passes (logs and messages). A type that is not known here is for whoever adds it to decide on. */
const passing =
  /^AWS::(ApiGatewayV2|CDK|CloudWatch|EC2|ECS|EFS::(AccessPoint|MountTarget)|Events|IAM|Lambda|Logs|S3::BucketPolicy|SNS|SQS)\b/;

test.each([
  [true, 'Retain'],
  [false, 'Delete'],
])('keepData %s: all that holds state or money has the policy %s', async (keepData, policy) => {
  const email = { alarmEmail: 'a@example.org', apiKeys: true };
  const { Resources } = (await templateWith({ keepData, ...email })).toJSON() as { Resources: Record<string, Held> };
  const kept = Object.values(Resources).filter(({ Type }) => !passing.test(Type));
  const counts = [...Map.groupBy(kept, ({ Type }) => Type)].map(([type, all]) => [type, all.length]);
  expect(Object.fromEntries(counts)).toEqual(held);
  for (const { Type, DeletionPolicy, UpdateReplacePolicy, Properties } of kept) {
    expect([Type, DeletionPolicy, UpdateReplacePolicy]).toEqual([Type, policy, policy]);
    if (Type === 'AWS::DynamoDB::Table') expect(Properties).toMatchObject({ DeletionProtectionEnabled: keepData });
  }
});

interface Held {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: object;
}

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
