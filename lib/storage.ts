import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { workIndex } from '../aws/names.ts';
import type { Values } from '../aws/settings.ts';
import { prefixes } from '../core/keys.ts';
import { imageDays } from '../core/retention.ts';
import { acknowledge } from './acknowledge.ts';
import type { MlgSettings } from './settings.ts';

export type StorageProps = Pick<MlgSettings, 'keepData' | 'corsOrigins' | 'resultDays' | 'runRecordDays'>;

/**
 * Where requests (a table with one index, `work`), what operates the service (a table of its own, which no function that
 * takes images can write) and images (a bucket) are kept.
 */
export class Storage extends Construct {
  readonly table: Table;
  /** API keys, the run lock and the run history. */
  readonly operations: Table;
  readonly bucket: Bucket;
  /** What the programs that open it are told. */
  readonly values: Pick<Values, 'table' | 'operations' | 'bucket' | 'resultDays'>;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    const { keepData, corsOrigins, resultDays, runRecordDays } = props;
    const removalPolicy = keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const form: TableProps = {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expires_at',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keepData,
      removalPolicy,
    };
    this.table = new Table(this, 'Requests', form);
    this.operations = new Table(this, 'Operations', form);
    this.table.addGlobalSecondaryIndex({
      indexName: workIndex,
      partitionKey: { name: 'queue', type: AttributeType.STRING },
      sortKey: { name: 'due', type: AttributeType.NUMBER },
      // A run plans from the index alone. Rows in it hold no answer yet, so that a copy of all is small.
      projectionType: ProjectionType.ALL,
    });

    this.bucket = new Bucket(this, 'Images', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [
        { id: 'tensors', prefix: prefixes.tensors, expiration: Duration.days(imageDays(resultDays)) },
        { id: 'uploads', prefix: prefixes.uploads, expiration: Duration.days(1) },
        { id: 'records-of-runs', prefix: prefixes.runs, expiration: Duration.days(runRecordDays) },
        { id: 'broken-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      cors: [
        { allowedMethods: [HttpMethods.POST], allowedOrigins: [...corsOrigins], allowedHeaders: ['*'], maxAge: 3600 },
      ],
      removalPolicy,
    });
    this.values = {
      table: this.table.tableName,
      operations: this.operations.tableName,
      bucket: this.bucket.bucketName,
      resultDays,
    };
    acknowledge(this.bucket, {
      'AwsSolutions-S1': 'Access logs would hold the keys of objects, and with them the ids of requests.',
    });
    new CfnOutput(this, 'OperationsTable', { value: this.operations.tableName, description: 'For npm run keys' });
  }

  /** What a policy names to allow something on objects of a kind. */
  objects(kind: keyof typeof prefixes): string {
    return this.bucket.arnForObjects(`${prefixes[kind]}*`);
  }

  /** What a policy names to allow queries of the table's index. */
  get workIndex(): string {
    return `${this.table.tableArn}/index/${workIndex}`;
  }
}
