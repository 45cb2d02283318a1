import { randomBytes } from 'node:crypto';
import type { SubmitServices } from '../core/accept.ts';
import type { AcceptUploadServices } from '../core/accept-upload.ts';
import { Admission } from '../core/admission.ts';
import type { CreateUploadServices } from '../core/create-upload.ts';
import type { EraseServices } from '../core/erase-request.ts';
import type { ReadServices } from '../core/find-request.ts';
import type { WaitServices } from '../core/wait.ts';
import { documentClient, s3Client } from './clients.ts';
import { DynamoIdempotencyKeys } from './dynamo-idempotency-keys.ts';
import { DynamoQuotas } from './dynamo-quotas.ts';
import { DynamoRows } from './dynamo-rows.ts';
import { DynamoRunHistory } from './dynamo-run-history.ts';
import { readerVariables, storeVariables, submitVariables } from './names.ts';
import { S3Objects } from './s3-objects.ts';
import { S3UploadForms } from './s3-upload-forms.ts';
import { type Environment, readVariables } from './settings.ts';

/** @throws Error when a variable of the environment is missing or wrong */
export function readServices(env: Environment): ReadServices & WaitServices {
  const { table, resultDays, operations } = readVariables(env, readerVariables);
  const dynamo = documentClient();
  return {
    rows: new DynamoRows(dynamo, table, resultDays),
    history: new DynamoRunHistory(dynamo, operations),
    clock: Date.now,
  };
}

/** @throws Error when a variable of the environment is missing or wrong */
export function eraseServices(env: Environment): EraseServices {
  const { table, bucket, resultDays } = readVariables(env, storeVariables);
  return {
    rows: new DynamoRows(documentClient(), table, resultDays),
    objects: new S3Objects(s3Client(), bucket),
    clock: Date.now,
  };
}

/** @throws Error when a variable of the environment is missing or wrong */
export function submitServices(env: Environment): Omit<SubmitServices, 'prepare'> {
  const { dynamo, table, bucket, services } = intake(env);
  return {
    ...services,
    objects: new S3Objects(s3Client(), bucket),
    idempotency: new DynamoIdempotencyKeys(dynamo, table),
  };
}

/** @throws Error when a variable of the environment is missing or wrong */
export function createUploadServices(env: Environment): CreateUploadServices {
  const { bucket, services } = intake(env);
  return { ...services, forms: new S3UploadForms(s3Client(), bucket, Date.now) };
}

/** What both ways of making a request need. */
function intake(env: Environment) {
  const { table, bucket, resultDays, models, ...limits } = readVariables(env, submitVariables);
  const dynamo = documentClient();
  const rows = new DynamoRows(dynamo, table, resultDays);
  const admission = new Admission({ rows, quotas: new DynamoQuotas(dynamo, table), clock: Date.now }, limits);
  return { dynamo, table, bucket, services: { rows, admission, clock: Date.now, newId, installed: models } };
}

/** @throws Error when a variable of the environment is missing or wrong */
export function acceptUploadServices(env: Environment): Omit<AcceptUploadServices, 'prepare'> {
  const { table, bucket, resultDays } = readVariables(env, storeVariables);
  return {
    rows: new DynamoRows(documentClient(), table, resultDays),
    objects: new S3Objects(s3Client(), bucket),
    clock: Date.now,
  };
}

function newId(): string {
  return randomBytes(28).toString('hex');
}
