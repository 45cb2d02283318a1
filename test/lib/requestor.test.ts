import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { requestorVariables, type Variable, variables } from '../../aws/settings.ts';
import { requestorSettings } from '../../requestor/settings.ts';
import { containersOf, models, resolver, templateWith } from './stacks.ts';

const template = await templateWith({});

describe('requestor', () => {
  test('has a network without a NAT gateway, into which nothing can come', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.allResourcesProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
    template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    // The one exception is inside: the task mounts the daemon's data.
    const [[id = ''] = []] = Object.entries(template.findResources('AWS::EC2::SecurityGroup')).filter(
      ([, { Properties }]) => Properties.GroupDescription.startsWith('The requestor'),
    );
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      ...{ FromPort: 2049, ToPort: 2049, IpProtocol: 'tcp', SourceSecurityGroupId: { 'Fn::GetAtt': [id, 'GroupId'] } },
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RequestorDatadir'), 'GroupId'] },
    });
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

  test('has its key from the secret that the daemon gets too', () => {
    const { yagna, requestor } = containersOf(template);
    const { ValueFrom: key } = yagna.Secrets.find(({ Name }: { Name: string }) => Name === 'YAGNA_AUTOCONF_APPKEY');
    expect(requestor.Secrets).toEqual([{ Name: 'YAGNA_APPKEY', ValueFrom: key }]);
    expect(requestor.Command).toEqual(['node', 'requestor/main.ts']);
  });

  test('reads from its environment what was chosen, and the stack leaves nothing to a default but what is for trials', async () => {
    const images = { starter: { tag: 'mlg/starter:1' } };
    const spending = {
      runBudget: 0.5,
      maxStart: 0,
      maxCpuHour: 0.2,
      maxEnvHour: 0.3,
      dayBudget: 4,
      agreementCap: 0.1,
      maxThreads: 8,
    };
    const template = await templateWith({
      ...{ images, spending, network: 'polygon', scheduleMinutes: 7, runSeconds: 100 },
      ...{ providersPerFamily: 2, resultDays: 3 },
    });
    const environment: Record<string, string> = Object.fromEntries(
      containersOf(template).requestor.Environment.map(({ Name, Value }: Record<string, unknown>) => [
        Name,
        resolver(template).resolve(Value),
      ]),
    );
    const set = requestorVariables.map((key): Variable => variables[key]).filter((one) => one.fallback === undefined);
    expect(Object.keys(environment).sort()).toEqual(set.map(({ name }) => name).sort());
    expect(requestorSettings(environment)).toEqual({
      ...{ table: expect.stringMatching(/^StorageRequests/), operations: expect.stringMatching(/^StorageOperations/) },
      ...{ bucket: expect.stringMatching(/^storageimages/) },
      ...{ installed: models, resultDays: 3, runSeconds: 100, leaseSeconds: 900, scheduleSeconds: 420 },
      golem: {
        ...{ images, network: 'polygon', apiUrl: 'http://127.0.0.1:7465', providersPerFamily: 2 },
        ...{
          limits: { start: 0, cpuHour: 0.2, envHour: 0.3 },
          budget: 0.5,
          dayBudget: 4,
          engageSeconds: 180,
          chunkSeconds: 120,
        },
        ...{ agreementCap: 0.1, maxThreads: 8 },
      },
    });
  });

  test('starts when the lock is held and then the daemon is healthy; all have time to end, in the other order', () => {
    const { lock, yagna, requestor } = containersOf(template);
    expect(lock.DependsOn).toBeUndefined();
    expect(yagna.DependsOn).toEqual([{ ContainerName: 'lock', Condition: 'HEALTHY' }]);
    expect(requestor.DependsOn).toEqual([{ ContainerName: 'yagna', Condition: 'HEALTHY' }]);
    expect(lock.Command).toEqual(['node', 'requestor/lock/main.ts']);
    expect(lock.HealthCheck.Command).toEqual(['CMD', 'test', '-f', '/scratch/lock-held']);
    expect(yagna.Command).toEqual(['node', 'requestor/yagna/main.ts']);
    expect(yagna.HealthCheck.Command).toEqual(['CMD', 'node', 'requestor/yagna/healthy.ts']);
    expect([lock.StopTimeout, yagna.StopTimeout, requestor.StopTimeout]).toEqual([30, 120, 120]);
  });

  test('writes nothing but the scratch volume and the daemon’s data, and the end of each container is the end of all', () => {
    const { lock, yagna, requestor } = containersOf(template);
    for (const container of [lock, yagna, requestor]) {
      expect(container).toMatchObject({ ReadonlyRootFilesystem: true, Essential: true });
    }
    const paths = (container: { MountPoints: { ContainerPath: string }[] }) =>
      container.MountPoints.map(({ ContainerPath }) => ContainerPath);
    expect([lock, yagna, requestor].map(paths)).toEqual([['/scratch'], ['/yagna'], ['/scratch']]);
  });

  test('no secret stands in the template', () => {
    template.allResourcesProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: Match.anyValue(),
      SecretString: Match.absent(),
    });
  });

  test('can run images of a registry', async () => {
    const template = await templateWith({ requestorImage: 'a/requestor:1', yagnaImage: 'a/yagna:1' });
    const { yagna, requestor } = containersOf(template);
    expect([requestor.Image, yagna.Image]).toEqual(['a/requestor:1', 'a/yagna:1']);
  });
});

describe('the daemon’s data', () => {
  test('is encrypted, in transit and at rest, backed up, and stays when the stack goes', async () => {
    template.hasResource('AWS::EFS::FileSystem', {
      Properties: { Encrypted: true, BackupPolicy: { Status: 'ENABLED' } },
      DeletionPolicy: 'Retain',
    });
    (await templateWith({ keepData: false })).hasResource('AWS::EFS::FileSystem', { DeletionPolicy: 'Delete' });
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Volumes: Match.arrayWith([
        Match.objectLike({
          Name: 'datadir',
          EFSVolumeConfiguration: {
            FilesystemId: Match.anyValue(),
            TransitEncryption: 'ENABLED',
            AuthorizationConfig: { IAM: 'ENABLED', AccessPointId: Match.anyValue() },
          },
        }),
      ]),
    });
  });

  test('has a policy that allows nobody anything: roles must', () => {
    template.allResourcesProperties('AWS::EFS::FileSystem', {
      FileSystemPolicy: {
        Statement: [
          {
            ...{ Effect: 'Deny', Principal: { AWS: '*' }, Action: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
        Version: '2012-10-17',
      },
    });
  });

  test('is reached through one access point, by the task alone', () => {
    const [accessPoint = ''] = Object.keys(template.findResources('AWS::EFS::AccessPoint'));
    template.hasResourceProperties('AWS::EFS::AccessPoint', {
      PosixUser: { Uid: '1000', Gid: '1000' },
      RootDirectory: { Path: '/yagna', CreationInfo: { OwnerUid: '1000', OwnerGid: '1000', Permissions: '700' } },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
            Condition: {
              StringEquals: {
                'elasticfilesystem:AccessPointArn': {
                  'Fn::Join': ['', Match.arrayWith([':access-point/', { Ref: accessPoint }])],
                },
              },
            },
          }),
        ]),
      },
    });
  });
});
