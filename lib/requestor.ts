import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { EcsTask } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { addContainers, datadirPath } from './containers.ts';
import { Datadir } from './datadir.ts';
import { Network } from './network.ts';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface RequestorProps {
  readonly storage: Storage;
  readonly settings: MlgSettings;
}

// The casts to CDK's interfaces are there because its classes are not typed for exactOptionalPropertyTypes.

/** The scheduled work: a rule starts a Fargate task, which does one run. */
export class Requestor extends Construct {
  readonly task: ecs.FargateTaskDefinition;
  readonly rule: Rule;
  readonly cluster: ecs.Cluster;

  constructor(scope: Construct, id: string, { storage, settings }: RequestorProps) {
    super(scope, id);
    const network = new Network(this, 'Network');
    const datadir = new Datadir(this, 'Datadir', { network, keepData: settings.keepData });
    this.cluster = new ecs.Cluster(this, 'Cluster', { vpc: network.vpc });
    acknowledge(this.cluster, {
      'AwsSolutions-ECS4':
        'The runs measure themselves (lib/watch.ts); Container Insights would measure them again, for more.',
    });

    this.task = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: 1024,
      memoryLimitMiB: 4096,
      runtimePlatform: {
        // The daemon comes as a Python package for x86-64, whose checksum is known; and providers run nothing else.
        cpuArchitecture: ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    acknowledge(this.task, {
      'AwsSolutions-ECS2': 'The variables hold no secret: secrets come from Secrets Manager, by reference.',
    });
    addContainers(this, this.task, {
      storage,
      settings,
      datadir: datadir.mountOn(this.task, datadirPath),
      log: { retention: settings.logDays, removalPolicy: RemovalPolicy.DESTROY },
    });
    this.#grant(storage);
    acknowledge(this.task, {
      'AwsSolutions-IAM5[Resource::*]': 'The token of the image registry is not for one repository.',
    });

    this.rule = new Rule(this, 'Schedule', {
      description: 'Starts a requestor run',
      schedule: Schedule.rate(Duration.minutes(settings.scheduleMinutes)),
      targets: [
        new EcsTask({
          cluster: this.cluster as ecs.ICluster,
          taskDefinition: this.task as ecs.ITaskDefinition,
          subnetSelection: { subnetType: SubnetType.PUBLIC },
          assignPublicIp: true,
          securityGroups: [network.outboundOnly],
        }),
      ],
    });
  }

  #grant(storage: Storage): void {
    const { table, operations, bucket } = storage;
    const allow = (actions: string[], resource: string) =>
      this.task.addToTaskRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], table.tableArn);
    allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], operations.tableArn);
    allow(['dynamodb:Query'], storage.workIndex);
    allow(['s3:GetObject'], storage.objects('tensors'));
    allow(['s3:PutObject'], storage.objects('runs'));
    // Without it S3 answers 403, not 404, for an object that is not there.
    allow(['s3:ListBucket'], bucket.bucketArn);
  }
}
