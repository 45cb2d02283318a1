import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PlatformError } from '../core/errors.ts';

/**
 * What a call to AWS gives; its failure, after the SDK's own retries, is the platform's.
 * @throws PlatformError `aws_unavailable`
 */
export async function reach<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new PlatformError('aws_unavailable', 'A service of AWS did not answer as it should.', { cause });
  }
}

/** What a conditional write to DynamoDB gives, or undefined when its condition did not hold. */
export async function whenTrue<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    return reach(Promise.reject(error));
  }
}
