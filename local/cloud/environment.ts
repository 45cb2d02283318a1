import type { LocalAws } from './credentials.ts';

export interface Endpoints {
  readonly dynamodb: string;
  readonly s3: string;
}

/** What a program's environment holds in Lambda and Fargate without our doing, so that its AWS clients come here. */
export function awsEnvironment(endpoints: Endpoints, { region, credentials }: LocalAws): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    TZ: ':UTC',
  };
}
