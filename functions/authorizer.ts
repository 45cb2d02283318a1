import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult } from 'aws-lambda';
import { apiKeys } from '../aws/dynamo-api-keys.ts';
import { type ApiKeys, isValidKey } from '../core/api-keys.ts';
import { atFirstCall } from './first-call.ts';

export type Authorizer = (
  event: Pick<APIGatewayRequestAuthorizerEventV2, 'headers'>,
) => Promise<APIGatewaySimpleAuthorizerResult>;

/** Whether a request carries a valid API key, in the header `x-api-key`. Its failure is API Gateway's 500, not a pass. */
export function authorizer(keys: Pick<ApiKeys, 'get'>): Authorizer {
  return async ({ headers }) => ({ isAuthorized: await isValidKey(keys, headers?.['x-api-key'] ?? '') });
}

export const handler: Authorizer = atFirstCall(() => authorizer(apiKeys(process.env)));
