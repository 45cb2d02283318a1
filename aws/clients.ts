import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';

// Without `config`, region, credentials and endpoints come from the environment, by the SDK's own variables.

/** Attempts of one AWS call, with the SDK's back-off and jitter between them. */
const maxAttempts = 5;
/** ms; a healthy call takes a few. */
const timeouts = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
/** Calls of one client at a time. The SDK has 50 sockets, and its time-out counts the wait for one. */
const callsAtATime = 40;

export function documentClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ maxAttempts, requestHandler: timeouts, ...config });
  client.middlewareStack.add(inTurn(), first);
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export function s3Client(config: S3ClientConfig = {}): S3Client {
  const client = new S3Client({ maxAttempts, requestHandler: timeouts, ...config });
  client.middlewareStack.add(inTurn(), first);
  return client;
}

const first = { step: 'initialize', priority: 'high' } as const;

/** Makes calls wait for their turn before they are made. */
function inTurn() {
  const limit = pLimit(callsAtATime);
  return <Input, Output>(call: (input: Input) => Promise<Output>) =>
    (input: Input): Promise<Output> =>
      limit(() => call(input));
}
