import { Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import type { MlgSettings } from '../../lib/settings.ts';
import { appWithoutBundles, resolver, stackWith, templateWith } from './stacks.ts';

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/x';
const everything = {
  ...{ apiKeys: true, alarmEmail: 'a@example.org', domain: { name: 'a.example.org', certificateArn } },
  ...{ monthlyBudgetUsd: 40, imageConcurrency: 10 },
};

test.each<[string, Partial<MlgSettings>]>([
  ['with its defaults', {}],
  ['with everything on', everything],
])('cdk-nag finds nothing that is not explained, in the stack %s', async (_, settings) => {
  const { app } = await checked(settings);
  expect(() => app.synth()).not.toThrow();
});

test('cdk-nag finds what is wrong', async () => {
  const { app, stack } = await checked({});
  new Topic(stack, 'OpenToAll');
  expect(() => app.synth()).toThrow('AwsSolutions-SNS3');
});

test('every role may do this, and no more', async () => {
  const template = await templateWith({ apiKeys: true });
  const local = resolver(template);
  const table = 'arn:aws:dynamodb:us-east-1:000000000000:<table>';
  const operations = 'arn:aws:dynamodb:us-east-1:000000000000:<operations>';
  const bucket = 'arn:aws:s3:us-east-1:000000000000:<bucket>';
  const log = 'arn:aws:logs:us-east-1:000000000000:<log>';
  const images = 'arn:aws:ecr:us-east-1:000000000000:repository/<images>';
  const queue = 'arn:aws:sqs:us-east-1:000000000000:<queue>';
  const datadir = 'arn:aws:efs:us-east-1:000000000000:<datadir>';
  const secret = '<secret>';
  const plain = (resource: string) =>
    resource
      .replace(/StorageRequests\w+/, '<table>')
      .replace(/StorageOperations\w+/, '<operations>')
      .replace(/storageimages\w+/, '<bucket>')
      .replace(/\w+Log[0-9A-F]{8}/, '<log>')
      .replace(/RequestorDatadirFileSystem\w+/, '<datadir>')
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
      const items = (statement.Condition as ItemCondition | undefined)?.['ForAllValues:StringLike'] ?? {};
      const limit = Object.entries(items).map(([name, values]) => ` where ${name} is ${values}`);
      return [statement.Action].flat().flatMap((action) => resources.map((one) => `${action} ${one}${limit.join()}`));
    });
    return [id.replace(/(Role)?DefaultPolicy\w+$/, ''), [...new Set(statements)].sort()];
  });
  const writeLog = [`logs:CreateLogStream ${log}`, `logs:PutLogEvents ${log}`];
  expect(Object.fromEntries(allowed)).toEqual({
    ApiRequestPrediction: [
      `dynamodb:GetItem ${table}`,
      `dynamodb:PutItem ${table}`,
      `dynamodb:Query ${table}/index/work`,
      `dynamodb:UpdateItem ${table}`,
      ...writeLog,
      `s3:DeleteObject ${bucket}/tensors/*`,
      `s3:PutObject ${bucket}/tensors/*`,
    ],
    ApiCreateUpload: [
      `dynamodb:PutItem ${table}`,
      `dynamodb:Query ${table}/index/work`,
      `dynamodb:UpdateItem ${table}`,
      ...writeLog,
      `s3:PutObject ${bucket}/uploads/*`,
    ],
    UploadsAcceptUpload: [
      `dynamodb:GetItem ${table}`,
      `dynamodb:PutItem ${table}`,
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
    ApiReadPrediction: [
      `dynamodb:GetItem ${operations} where dynamodb:LeadingKeys is recent-runs`,
      `dynamodb:GetItem ${table}`,
      `dynamodb:Query ${table}/index/work`,
      ...writeLog,
    ],
    ApiDeletePrediction: [
      `dynamodb:GetItem ${table}`,
      `dynamodb:PutItem ${table}`,
      ...writeLog,
      `s3:DeleteObject ${bucket}/tensors/*`,
      `s3:DeleteObject ${bucket}/uploads/*`,
    ],
    ApiGatewayAuthorizer: [`dynamodb:GetItem ${operations} where dynamodb:LeadingKeys is api-key#*`, ...writeLog],
    ApiListModels: writeLog,
    ApiReadContract: writeLog,
    ApiReadPage: writeLog,
    ApiNotFound: writeLog,
    RequestorTaskTask: [
      `dynamodb:GetItem ${operations}`,
      `dynamodb:GetItem ${table}`,
      `dynamodb:PutItem ${table}`,
      `dynamodb:Query ${table}/index/work`,
      `dynamodb:UpdateItem ${operations}`,
      `dynamodb:UpdateItem ${table}`,
      `elasticfilesystem:ClientMount ${datadir}`,
      `elasticfilesystem:ClientWrite ${datadir}`,
      `s3:GetObject ${bucket}/tensors/*`,
      `s3:ListBucket ${bucket}`,
      `s3:PutObject ${bucket}/runs/*`,
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

test('no function can write API keys, the lock or the history: only the task can write where they are', async () => {
  const template = await templateWith({ apiKeys: true });
  const [operations = ''] = Object.keys(template.findResources('AWS::DynamoDB::Table')).filter((id) =>
    id.startsWith('StorageOperations'),
  );
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const writers = policies.filter(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.some(({ Action, Resource }: Record<string, unknown>) => {
      const about = JSON.stringify(Resource);
      // Also what names no table, or many.
      const isAbout = about.includes(operations) || /"\*"|dynamodb:[^"]*\*/.test(about);
      const writes = [Action].flat().filter((action) => /^(\*|dynamodb:(?!GetItem$))/.test(String(action)));
      return isAbout && writes.length > 0;
    }),
  );
  expect(writers.map(([id]) => id.replace(/DefaultPolicy\w+$/, ''))).toEqual(['RequestorTaskTaskRole']);
});

interface ItemCondition {
  readonly 'ForAllValues:StringLike'?: Readonly<Record<string, readonly string[]>>;
}

test('a family without an image is pointed out', async () => {
  const warning = Match.stringLikeRegexp('The setting images.starter is missing');
  const without = await stackWith({});
  const withImage = await stackWith({ images: { starter: { tag: 't' } } });
  expect(Annotations.fromStack(without).findWarning('*', warning)).toHaveLength(1);
  expect(Annotations.fromStack(withImage).findWarning('*', warning)).toHaveLength(0);
});

async function checked(settings: Partial<MlgSettings>) {
  const app = appWithoutBundles();
  const stack = await stackWith(settings, app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}
