import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * Where the requestor runs: public subnets, because a NAT gateway would cost more than everything else here. What runs in
 * `outboundOnly` reaches out through its own public address; nothing reaches in.
 */
export class Network extends Construct {
  // The cast to CDK's interface is there because its class is not typed for exactOptionalPropertyTypes.
  readonly vpc: IVpc;
  readonly outboundOnly: SecurityGroup;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
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
    acknowledge(this.vpc, {
      'AwsSolutions-VPC7':
        'One task of minutes that takes nothing in; records of its flows would cost more than it does.',
    });
    this.outboundOnly = new SecurityGroup(this, 'OutboundOnly', {
      vpc: this.vpc,
      description: 'The requestor reaches out; nothing reaches in',
    });
  }
}
