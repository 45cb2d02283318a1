import { fileURLToPath } from 'node:url';
import { Duration, IgnoreMode, RemovalPolicy } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { EcsTask } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface RequestorProps {
  readonly storage: Storage;
  readonly settings: MlgSettings;
}

const root = fileURLToPath(new URL('..', import.meta.url));
// The casts to CDK's interfaces are there because its classes are not typed for exactOptionalPropertyTypes.

/** Where the Golem daemon listens: both containers share one network interface. */
const yagnaApi = 'http://127.0.0.1:7465';

/**
 * The scheduled work: a rule starts a Fargate task of two containers, the Golem daemon and the requestor. It reaches out
 * through a public address (a NAT gateway would cost more than everything else here) and takes nothing in.
 */
export class Requestor extends Construct {
  readonly task: ecs.FargateTaskDefinition;
  readonly rule: Rule;

  constructor(scope: Construct, id: string, { storage, settings }: RequestorProps) {
    super(scope, id);
    const { vpc, securityGroup } = this.#network();
    const cluster = new ecs.Cluster(this, 'Cluster', { vpc }) as ecs.ICluster;

    this.task = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: 1024,
      memoryLimitMiB: 4096,
      runtimePlatform: {
        // yagna's releases are tried most on this one, and providers run nothing else.
        cpuArchitecture: ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    this.#grant(storage);
    this.#addContainers(storage, settings);

    this.rule = new Rule(this, 'Schedule', {
      description: 'Starts a requestor run',
      schedule: Schedule.rate(Duration.minutes(settings.scheduleMinutes)),
      targets: [
        new EcsTask({
          cluster,
          taskDefinition: this.task as ecs.ITaskDefinition,
          subnetSelection: { subnetType: SubnetType.PUBLIC },
          assignPublicIp: true,
          securityGroups: [securityGroup],
        }),
      ],
    });
  }

  #network(): { vpc: IVpc; securityGroup: SecurityGroup } {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC }],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
      // It would take a function of its own to empty a group that nothing uses.
      restrictDefaultSecurityGroup: false,
    }) as IVpc;
    const securityGroup = new SecurityGroup(this, 'OutboundOnly', {
      vpc,
      description: 'The requestor reaches out; nothing reaches in',
    });
    return { vpc, securityGroup };
  }

  #grant({ table, bucket }: Storage): void {
    const allow = (actions: string[], resource: string) =>
      this.task.addToTaskRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], table.tableArn);
    allow(['dynamodb:Query'], `${table.tableArn}/index/work`);
    allow(['s3:GetObject'], bucket.arnForObjects('tensors/*'));
    // Without it S3 answers 403, not 404, for an object that is not there.
    allow(['s3:ListBucket'], bucket.bucketArn);
  }

  #addContainers(storage: Storage, settings: MlgSettings): void {
    const logGroup = new LogGroup(this, 'Log', { retention: settings.logDays, removalPolicy: RemovalPolicy.DESTROY });
    const appKey = this.#hexSecret('AppKey', 32);
    const identity = this.#hexSecret('Identity', 64);

    const yagna = this.task.addContainer('yagna', {
      image: image(settings.yagnaImage, 'requestor/yagna', 'Dockerfile'),
      command: ['yagna', 'service', 'run'],
      environment: { YAGNA_API_URL: yagnaApi, YA_CONSENT_STATS: 'deny' },
      secrets: {
        YAGNA_AUTOCONF_APPKEY: ecs.Secret.fromSecretsManager(appKey),
        YAGNA_AUTOCONF_ID_SECRET: ecs.Secret.fromSecretsManager(identity),
      },
      healthCheck: {
        command: ['CMD', 'bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/7465'],
        interval: Duration.seconds(5),
        startPeriod: Duration.seconds(30),
        retries: 10,
      },
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'yagna', logGroup }),
    });
    const requestor = this.task.addContainer('requestor', {
      image: image(settings.requestorImage, '.', 'requestor/Dockerfile'),
      command: ['node', 'requestor/main.ts'],
      environment: {
        TABLE_NAME: storage.table.tableName,
        BUCKET_NAME: storage.bucket.bucketName,
        MODELS: JSON.stringify(settings.models),
        IMAGES: JSON.stringify(settings.images),
        PAYMENT_NETWORK: settings.network,
        YAGNA_API_URL: yagnaApi,
      },
      secrets: { YAGNA_APPKEY: ecs.Secret.fromSecretsManager(appKey) },
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'requestor', logGroup }),
      // The longest that Fargate waits between SIGTERM and SIGKILL: leases are given back in it.
      stopTimeout: Duration.seconds(120),
    });
    requestor.addContainerDependencies({ container: yagna, condition: ecs.ContainerDependencyCondition.HEALTHY });
  }

  #hexSecret(id: string, digits: number): ISecret {
    return new Secret(this, id, {
      generateSecretString: {
        passwordLength: digits,
        excludePunctuation: true,
        excludeUppercase: true,
        excludeCharacters: 'ghijklmnopqrstuvwxyz',
        requireEachIncludedType: false,
      },
    }) as ISecret;
  }
}

/** What the requestor's Dockerfile copies; the rest of the repository does not change the image. */
const requestorFiles = ['.npmrc', 'package.json', 'package-lock.json', 'aws/**', 'core/**', 'requestor/**'];

function image(reference: string | undefined, directory: string, file: string): ecs.ContainerImage {
  if (reference) return ecs.ContainerImage.fromRegistry(reference);
  const exclude = directory === '.' ? ['**', ...requestorFiles.map((path) => `!${path}`)] : [];
  return ecs.ContainerImage.fromAsset(`${root}${directory}`, { file, exclude, ignoreMode: IgnoreMode.DOCKER });
}
