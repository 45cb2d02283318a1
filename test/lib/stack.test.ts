import { App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { MlgStack } from '../../lib/mlg-stack.ts';
import { completeSettings, type MlgSettings } from '../../lib/settings.ts';
import { Template as LocalTemplate } from '../../local/cloud/template.ts';

const models = { starter: { sha256: 'a'.repeat(64), weights: 'official' } } as const;
const template = await templateWith({});

describe('table', () => {
  test('has one key, one index of all attributes, and is paid by request', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'queue', AttributeType: 'S' },
        { AttributeName: 'due', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'work',
          KeySchema: [
            { AttributeName: 'queue', KeyType: 'HASH' },
            { AttributeName: 'due', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
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
          { Id: 'broken-uploads', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
        ],
      },
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

describe('API', () => {
  test('has these routes, each to its function', () => {
    const local = localTemplate();
    const targets = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => {
      const [, integration] = String(local.resolve(Properties.Target)).split('/');
      const { IntegrationUri } =
        template.findResources('AWS::ApiGatewayV2::Integration')[integration ?? '']?.Properties ?? {};
      const { Metadata } = template.findResources('AWS::Lambda::Function')[IntegrationUri['Fn::GetAtt'][0]] ?? {};
      return [Properties.RouteKey, Metadata['mlg:source']];
    });
    expect(Object.fromEntries(targets)).toEqual({
      'ANY /requestPrediction/{model}': 'functions/request-prediction.ts',
      'ANY /uploads/{model}': 'functions/create-upload.ts',
      'ANY /readPrediction/{id}': 'functions/read-prediction.ts',
      'ANY /models': 'functions/list-models.ts',
      'ANY /openapi.yaml': 'functions/read-contract.ts',
      $default: 'functions/not-found.ts',
    });
  });

  test('is throttled and keeps an access log', async () => {
    const template = await templateWith({ throttling: { rate: 7, burst: 9 } });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
      AccessLogSettings: { DestinationArn: Match.anyValue(), Format: Match.anyValue() },
    });
  });
});

describe('functions', () => {
  test('run on Node 24, and have in their environment what they need and no more', () => {
    const local = localTemplate();
    const environments = Object.values(template.findResources('AWS::Lambda::Function')).map(
      ({ Properties, Metadata }) => {
        expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['x86_64'] });
        return [Metadata['mlg:source'], local.resolve(Properties.Environment?.Variables ?? {})];
      },
    );
    const TABLE_NAME = expect.stringMatching(/^StorageRequests/);
    const BUCKET_NAME = expect.stringMatching(/^storageimages/);
    const MODELS = JSON.stringify(models);
    expect(Object.fromEntries(environments)).toEqual({
      'functions/request-prediction.ts': { TABLE_NAME, BUCKET_NAME, MODELS },
      'functions/create-upload.ts': { TABLE_NAME, BUCKET_NAME, MODELS },
      'functions/accept-upload.ts': { TABLE_NAME, BUCKET_NAME },
      'functions/read-prediction.ts': { TABLE_NAME },
      'functions/list-models.ts': { MODELS },
      'functions/read-contract.ts': {},
      'functions/not-found.ts': {},
    });
  });

  test('log to a group of their own, and every log is kept for as long as is set', async () => {
    const template = await templateWith({ logDays: 90 });
    const groups = Object.entries(template.findResources('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(9);
    for (const [, { Properties }] of groups) expect(Properties.RetentionInDays).toBe(90);
    const used = Object.values(template.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.LoggingConfig.LogGroup.Ref,
    );
    expect(new Set(used).size).toBe(7);
  });
});

test('every role may do this, and no more', () => {
  const local = localTemplate();
  const table = 'arn:aws:dynamodb:us-east-1:000000000000:<table>';
  const bucket = 'arn:aws:s3:us-east-1:000000000000:<bucket>';
  const log = 'arn:aws:logs:us-east-1:000000000000:<log>';
  const images = 'arn:aws:ecr:us-east-1:000000000000:repository/<images>';
  const queue = 'arn:aws:sqs:us-east-1:000000000000:<queue>';
  const secret = '<secret>';
  const plain = (resource: string) =>
    resource
      .replace(/StorageRequests\w+/, '<table>')
      .replace(/storageimages\w+/, '<bucket>')
      .replace(/\w+Log[0-9A-F]{8}/, '<log>')
      .replace(/UploadsQueue\w+/, '<queue>')
      .replace(/Requestor(AppKey|Identity)\w+/, secret)
      .replace(/Requestor(Task(?!TaskRole|ExecutionRole))\w+/, '<task>')
      .replace(/\w+?(TaskRole|ExecutionRole)\w+/, '<$1>')
      .replace(/cdk-\w+-container-assets-.*/, '<images>')
      .replace(/RequestorCluster\w+/, '<cluster>');
  const allowed = Object.entries(template.findResources('AWS::IAM::Policy')).map(([id, { Properties }]) => {
    const statements = Properties.PolicyDocument.Statement.flatMap((statement: Record<string, unknown>) => {
      expect(statement.Effect).toBe('Allow');
      const resources = [local.resolve(statement.Resource)].flat().map(String).map(plain);
      return [statement.Action].flat().flatMap((action) => resources.map((resource) => `${action} ${resource}`));
    });
    return [id.replace(/(Role)?DefaultPolicy\w+$/, ''), [...new Set(statements)].sort()];
  });
  const writeLog = [`logs:CreateLogStream ${log}`, `logs:PutLogEvents ${log}`];
  expect(Object.fromEntries(allowed)).toEqual({
    ApiRequestPrediction: [
      `dynamodb:GetItem ${table}`,
      `dynamodb:PutItem ${table}`,
      ...writeLog,
      `s3:DeleteObject ${bucket}/tensors/*`,
      `s3:PutObject ${bucket}/tensors/*`,
    ],
    ApiCreateUpload: [`dynamodb:PutItem ${table}`, ...writeLog, `s3:PutObject ${bucket}/uploads/*`],
    UploadsAcceptUpload: [
      `dynamodb:GetItem ${table}`,
      `dynamodb:UpdateItem ${table}`,
      ...writeLog,
      `s3:DeleteObject ${bucket}/tensors/*`,
      `s3:DeleteObject ${bucket}/uploads/*`,
      `s3:GetObject ${bucket}/uploads/*`,
      `s3:ListBucket ${bucket}`,
      `s3:PutObject ${bucket}/tensors/*`,
      `sqs:DeleteMessage ${queue}`,
      `sqs:GetQueueAttributes ${queue}`,
      `sqs:ReceiveMessage ${queue}`,
    ],
    ApiReadPrediction: [`dynamodb:GetItem ${table}`, ...writeLog],
    ApiListModels: writeLog,
    ApiReadContract: writeLog,
    ApiNotFound: writeLog,
    RequestorTaskTask: [
      `dynamodb:GetItem ${table}`,
      `dynamodb:Query ${table}/index/work`,
      `dynamodb:UpdateItem ${table}`,
      `s3:GetObject ${bucket}/tensors/*`,
      `s3:ListBucket ${bucket}`,
    ],
    RequestorTaskExecution: [
      `ecr:BatchCheckLayerAvailability ${images}`,
      `ecr:BatchGetImage ${images}`,
      // The registry's token is not for one repository: it has no resource that could be named.
      'ecr:GetAuthorizationToken *',
      `ecr:GetDownloadUrlForLayer ${images}`,
      ...writeLog,
      `secretsmanager:DescribeSecret ${secret}`,
      `secretsmanager:GetSecretValue ${secret}`,
    ],
    RequestorTaskEvents: [
      `ecs:RunTask <task>`,
      // A task's own name is made when it starts.
      'ecs:TagResource arn:aws:ecs:us-east-1:*:task/<cluster>/*',
      `iam:PassRole arn:aws:iam:us-east-1:000000000000:<ExecutionRole>`,
      `iam:PassRole arn:aws:iam:us-east-1:000000000000:<TaskRole>`,
    ],
  });
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

describe('requestor', () => {
  test('has a network without a NAT gateway, into which nothing can come', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    template.allResourcesProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
  });

  test('is started by the rule, as one Fargate task with a public address', async () => {
    const template = await templateWith({ scheduleMinutes: 3 });
    const [task = ''] = Object.keys(template.findResources('AWS::ECS::TaskDefinition'));
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(3 minutes)',
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          EcsParameters: Match.objectLike({
            LaunchType: 'FARGATE',
            TaskCount: 1,
            TaskDefinitionArn: { Ref: task },
            NetworkConfiguration: { AwsVpcConfiguration: Match.objectLike({ AssignPublicIp: 'ENABLED' }) },
          }),
        }),
      ],
    });
  });

  test('has its settings in the environment, and its key from the secret that the daemon gets too', async () => {
    const images = { starter: { tag: 'mlg/starter:1' } };
    const template = await templateWith({ images, network: 'polygon' });
    const { yagna, requestor } = containers(template);
    const { ValueFrom: key } = yagna.Secrets.find(({ Name }: { Name: string }) => Name === 'YAGNA_AUTOCONF_APPKEY');
    expect(requestor.Secrets).toEqual([{ Name: 'YAGNA_APPKEY', ValueFrom: key }]);
    expect(requestor.Command).toEqual(['node', 'requestor/main.ts']);
    const environment = requestor.Environment.map(({ Name, Value }: Record<string, string>) => [Name, Value]);
    expect(Object.fromEntries(environment)).toEqual({
      TABLE_NAME: { Ref: expect.stringMatching(/^StorageRequests/) },
      BUCKET_NAME: { Ref: expect.stringMatching(/^StorageImages/) },
      MODELS: JSON.stringify(models),
      IMAGES: JSON.stringify(images),
      PAYMENT_NETWORK: 'polygon',
      YAGNA_API_URL: 'http://127.0.0.1:7465',
    });
    expect(requestor.DependsOn).toEqual([{ ContainerName: 'yagna', Condition: 'HEALTHY' }]);
  });

  test('no secret stands in the template', () => {
    template.allResourcesProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: Match.anyValue(),
      SecretString: Match.absent(),
    });
  });

  test('can run images of a registry', async () => {
    const template = await templateWith({ requestorImage: 'a/requestor:1', yagnaImage: 'a/yagna:1' });
    const { yagna, requestor } = containers(template);
    expect([requestor.Image, yagna.Image]).toEqual(['a/requestor:1', 'a/yagna:1']);
  });
});

test('a family without an image is pointed out', async () => {
  const warning = Match.stringLikeRegexp('The setting images.starter is missing');
  const without = await stackWith({});
  const withImage = await stackWith({ images: { starter: { tag: 't' } } });
  expect(Annotations.fromStack(without).findWarning('*', warning)).toHaveLength(1);
  expect(Annotations.fromStack(withImage).findWarning('*', warning)).toHaveLength(0);
});

async function stackWith(settings: Partial<MlgSettings>): Promise<MlgStack> {
  const context = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true };
  return new MlgStack(new App({ context }), 'mlg', await completeSettings({ models, ...settings }));
}

async function templateWith(settings: Partial<MlgSettings>): Promise<Template> {
  return Template.fromStack(await stackWith(settings));
}

function localTemplate(): LocalTemplate {
  return new LocalTemplate(template.toJSON());
}

function containers(template: Template) {
  const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  const [yagna, requestor] = task?.Properties.ContainerDefinitions ?? [];
  return { yagna, requestor };
}
