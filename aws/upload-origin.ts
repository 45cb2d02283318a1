import { type Environment, required } from './settings.ts';

/**
 * The web origin to which browsers post images of this bucket: that of the forms that S3UploadForms signs, without
 * the SDK that signs them. By the SDK's own variables.
 */
export function uploadOrigin(env: Environment, bucket: string): string {
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  if (endpoint) return new URL(endpoint).origin;
  return `https://${bucket}.s3.${required(env, 'AWS_REGION')}.amazonaws.com`;
}
