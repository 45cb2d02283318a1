import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
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
  const { result } = await conditional(write);
  return result;
}

/**
 * What a conditional write gives; when its condition did not hold, the item that was in its way, if the write asked for
 * it (`ReturnValuesOnConditionCheckFailure`) and the server knows how to tell.
 */
export async function conditional<T>(
  write: Promise<T>,
): Promise<{ readonly result?: T; readonly inTheWay?: Record<string, unknown> }> {
  try {
    return { result: await write };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) return reach(Promise.reject(error));
    return error.Item ? { inTheWay: unmarshall(error.Item) } : {};
  }
}
