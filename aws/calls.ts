import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { PlatformError } from '../core/errors.ts';

/**
 * Awaits an AWS call.
 * @throws PlatformError `aws_unavailable` when it failed, after the SDK's own retries
 */
export async function awsCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new PlatformError('aws_unavailable', 'An AWS service did not answer as it should.', { cause });
  }
}

export interface ConditionalWrite {
  /** Whether its condition held, so that it took effect. */
  readonly held: boolean;
  /** How often the SDK sent it. */
  readonly tries: number;
  /** The item that failed the condition, if the write asked for it and the server returns it. */
  readonly inTheWay?: Record<string, unknown>;
}

/**
 * Awaits a conditional write to DynamoDB.
 * @throws PlatformError `aws_unavailable` when it failed for another reason than its condition
 */
export async function conditionalWrite(write: Promise<unknown>): Promise<ConditionalWrite> {
  try {
    await write;
    return { held: true, tries: 1 };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) return awsCall(Promise.reject(error));
    const { Item, $metadata } = error;
    return { held: false, tries: $metadata.attempts ?? 1, ...(Item && { inTheWay: unmarshall(Item) }) };
  }
}
