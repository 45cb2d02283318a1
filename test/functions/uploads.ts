import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { PrepareImage, UploadForms } from '../../core/ports.ts';
import { newUpload } from '../../core/request.ts';
import { acceptUpload } from '../../functions/accept-upload.ts';
import { createUpload } from '../../functions/create-upload.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { MemoryLog } from '../support/http.ts';
import { generousAdmission, MemoryObjects, MemoryRows } from '../support/memory.ts';
import { installed, noon, nthId } from './setup.ts';

/** Signs nothing; the form tells what it was asked for. */
export const plainForms: UploadForms = {
  sign: async (key, limits, expiresAt) => ({
    url: 'https://s3.example/images',
    fields: { key, limits: JSON.stringify(limits), expiresAt: String(expiresAt) },
  }),
};

/** Both upload functions over the same services in memory, with ids that count and a clock that `at` sets. */
export function setUpUploads({
  rows = new MemoryRows(),
  objects = new MemoryObjects(),
  forms = plainForms,
  prepare = prepareImage as PrepareImage,
} = {}) {
  let now = noon;
  let ids = 0;
  const clock = () => now;
  const log = new MemoryLog();
  const create = createUpload(
    { rows, forms, clock, newId: () => nthId(++ids), admission: generousAdmission(clock), installed },
    log,
  );
  const accept = acceptUpload({ rows, objects, prepare, clock }, log);
  return {
    ...{ rows, objects, log, create, accept, clock },
    at: (time: number) => {
      now = time;
    },
    /** A request that waits for its image, and the image under its key. */
    async uploaded(image: Uint8Array, id = nthId(100)): Promise<string> {
      await rows.add(newUpload(id, 'starter', noon));
      await objects.put(`uploads/${id}`, image);
      return id;
    },
    /** What a batch of messages comes to: the bodies, in the order given, are messages 0, 1, 2 … */
    async deliver(...bodies: string[]): Promise<number[]> {
      const { batchItemFailures }: SQSBatchResponse = await accept(batch(bodies));
      return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    },
  };
}

/** A message as S3 sends it, about one or several keys. */
export function created(...keys: string[]): string {
  return JSON.stringify({ Records: keys.map((key) => record(key, 'ObjectCreated:Post')) });
}

export function record(key: string, eventName: string) {
  return {
    ...{ eventVersion: '2.1', eventSource: 'aws:s3', awsRegion: 'us-east-1', eventName },
    eventTime: '2026-11-22T12:00:00.000Z',
    s3: { s3SchemaVersion: '1.0', bucket: { name: 'images' }, object: { key, size: 1, eTag: 'e', sequencer: '0' } },
  };
}

function batch(bodies: string[]): SQSEvent {
  const Records = bodies.map((body, index) => ({ messageId: String(index), body })) as SQSEvent['Records'];
  return { Records };
}
