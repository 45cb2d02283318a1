import { RemovalPolicy } from 'aws-cdk-lib';
import { type ISecurityGroup, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { FargateTaskDefinition, MountPoint } from 'aws-cdk-lib/aws-ecs';
import { FileSystem, type IAccessPoint, LifecyclePolicy } from 'aws-cdk-lib/aws-efs';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Network } from './network.ts';

export interface DatadirProps {
  readonly network: Network;
  /** Whether it outlives the stack. */
  readonly keepData: boolean;
}

/** The user that both containers run as: `node` of the base image. */
const user = '1000';

/**
 * What the Golem daemon must remember from run to run: what is owed to whom, and transactions under way. Payments
 * settle after a run has ended, so the loss of it is a loss of debts and, it may be, of nonces.
 */
export class Datadir extends Construct {
  readonly #fileSystem: FileSystem;
  readonly #accessPoint: IAccessPoint;

  constructor(scope: Construct, id: string, { network, keepData }: DatadirProps) {
    super(scope, id);
    const { vpc, outboundOnly } = network;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'The Golem daemon mounts its data; nothing else reaches it',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(outboundOnly as ISecurityGroup, Port.tcp(2049), 'NFS from the requestor');
    this.#fileSystem = new FileSystem(this, 'FileSystem', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      securityGroup,
      encrypted: true,
      enableAutomaticBackups: true,
      lifecyclePolicy: LifecyclePolicy.AFTER_30_DAYS,
      fileSystemPolicy: onlyOverTls(),
      // Else CDK adds to the policy that whoever comes through a mount target may write, and be root.
      allowAnonymousAccess: true,
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.#accessPoint = this.#fileSystem.addAccessPoint('Yagna', {
      path: '/yagna',
      createAcl: { ownerUid: user, ownerGid: user, permissions: '700' },
      posixUser: { uid: user, gid: user },
    });
  }

  /** Lets a task mount it, and gives where. */
  mountOn(task: FargateTaskDefinition, containerPath: string): MountPoint {
    task.addVolume({
      name: 'datadir',
      efsVolumeConfiguration: {
        fileSystemId: this.#fileSystem.fileSystemId,
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: this.#accessPoint.accessPointId, iam: 'ENABLED' },
      },
    });
    task.addToTaskRolePolicy(
      new PolicyStatement({
        actions: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
        resources: [this.#fileSystem.fileSystemArn],
        conditions: { StringEquals: { 'elasticfilesystem:AccessPointArn': this.#accessPoint.accessPointArn } },
      }),
    );
    // A task can mount it once it has an address in the task's subnets.
    task.node.addDependency(this.#fileSystem.mountTargetsAvailable);
    return { sourceVolume: 'datadir', containerPath, readOnly: false };
  }
}

/** With a policy of its own, a file system is no longer open to everyone in its network: a role must allow it. */
function onlyOverTls(): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['*'],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ],
  });
}
