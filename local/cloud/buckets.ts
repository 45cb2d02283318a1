import { mkdir } from 'node:fs/promises';
import * as v from 'valibot';
import { startFauxS3 } from './fauxqs.ts';
import type { Service } from './service.ts';
import type { Template } from './template.ts';

/** The template's buckets in an S3 emulator that keeps them in `dataDir`. */
export async function startBuckets(template: Template, dataDir: string): Promise<Service> {
  await mkdir(dataDir, { recursive: true });
  const buckets = template.resources('AWS::S3::Bucket', v.object({}));
  return startFauxS3(
    dataDir,
    buckets.map(({ ref }) => ref),
  );
}
