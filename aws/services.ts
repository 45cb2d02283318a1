import { randomBytes } from 'node:crypto';
import type { InstalledModels } from '../core/catalogue.ts';
import type { Clock, IdempotencyKeys, NewId, Objects, RequestRows } from '../core/ports.ts';
import { documentClient, s3Client } from './clients.ts';
import { DynamoIdempotencyKeys } from './dynamo-idempotency-keys.ts';
import { DynamoRows } from './dynamo-rows.ts';
import { S3Objects } from './s3-objects.ts';
import { type Environment, modelSettings, required, storeSettings } from './settings.ts';

/** What accepts images. */
export interface UploadServices {
  readonly rows: RequestRows;
  readonly objects: Objects;
  readonly idempotency: IdempotencyKeys;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly installed: InstalledModels;
}

/** What reads results. */
export interface ReadServices {
  readonly rows: RequestRows;
}

/** @throws Error when a variable of the environment is missing or wrong */
export function readServices(env: Environment): ReadServices {
  return { rows: new DynamoRows(documentClient(), required(env, 'TABLE_NAME')) };
}

/** @throws Error when a variable of the environment is missing or wrong */
export function uploadServices(env: Environment): UploadServices {
  const { table, bucket } = storeSettings(env);
  const dynamo = documentClient();
  return {
    rows: new DynamoRows(dynamo, table),
    objects: new S3Objects(s3Client(), bucket),
    idempotency: new DynamoIdempotencyKeys(dynamo, table),
    clock: Date.now,
    newId: () => randomBytes(28).toString('hex'),
    installed: modelSettings(env),
  };
}
