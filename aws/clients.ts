import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

// Without `config`, region, credentials and endpoints come from the environment, by the SDK's own variables.

/** Attempts of one AWS call, with the SDK's back-off and jitter between them. */
const maxAttempts = 5;
/** ms; a healthy call takes a few. */
const timeouts = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

export function documentClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts, requestHandler: timeouts, ...config }), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

export function s3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({ maxAttempts, requestHandler: timeouts, ...config });
}
