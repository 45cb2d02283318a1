import { region } from './template.ts';

/** Emulators take any credentials; SDKs insist on some. */
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Settings of an AWS client of this process. */
export const localAws = { region, credentials };

export interface Endpoints {
  readonly dynamodb: string;
  readonly s3: string;
}

/** What a command's environment must hold to work on a table of this cloud. */
export function commandEnvironment({ dynamodb }: Endpoints, table: string): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    TABLE_NAME: table,
  };
}

/** What a program's environment holds in Lambda and Fargate without our doing, so that its AWS clients come here. */
export function awsEnvironment(endpoints: Endpoints): Record<string, string> {
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
