import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { apiKeys } from '../aws/dynamo-api-keys.ts';
import { type ApiKeys, validKey } from '../core/api-keys.ts';
import { atFirstCall } from './first-call.ts';

export type Authorizer = (
  event: Pick<APIGatewayRequestAuthorizerEventV2, 'headers'>,
) => Promise<APIGatewaySimpleAuthorizerResult | APIGatewaySimpleAuthorizerWithContextResult<SenderContext>>;

/** What functions learn of the caller. */
export interface SenderContext {
  /** The id of the API key. */
  readonly sender: string;
}

/** Whether a request carries a valid API key, in the header `x-api-key`. Its failure is API Gateway's 500, not a pass. */
export function authorizer(keys: Pick<ApiKeys, 'get'>): Authorizer {
  return async ({ headers }) => {
    const key = await validKey(keys, headers?.['x-api-key'] ?? '');
    return key ? { isAuthorized: true, context: { sender: key.id } } : { isAuthorized: false };
  };
}

export const handler: Authorizer = atFirstCall(() => authorizer(apiKeys(process.env)));
