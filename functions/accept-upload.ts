import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { acceptUploadServices } from '../aws/services.ts';
import { type AcceptUploadServices, acceptUpload as acceptUploadIn } from '../core/accept-upload.ts';
import { uploadedRequestId } from '../core/keys.ts';
import { prepareWithin } from '../imaging/prepare.ts';
import { atFirstCall } from './first-call.ts';
import { lambdaLog, loggedId } from './http/request-log.ts';
import type { Log } from './http/types.ts';
import { uploadedKeys } from './uploaded-keys.ts';

export type QueueFunction = (event: SQSEvent) => Promise<SQSBatchResponse>;

/**
 * Takes in uploaded images as S3 tells of them. Messages that could not be dealt with are given back to the queue, which
 * delivers them again, and puts them aside in the end; the others of the batch are done.
 */
export function acceptUpload(services: AcceptUploadServices, log: Log): QueueFunction {
  return async ({ Records }) => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    // One at a time: a decoded image can take 160 MB.
    for (const record of Records) {
      try {
        await takeInAll(record, services, log);
      } catch (error) {
        log.error('An upload could not be taken in.', { queueMessage: record.messageId, error });
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
    return { batchItemFailures };
  };
}

async function takeInAll({ body }: SQSRecord, services: AcceptUploadServices, log: Log): Promise<void> {
  for (const key of uploadedKeys(body)) {
    const id = uploadedRequestId(key);
    if (!id) {
      log.info('upload ignored', { reason: 'its key is none that was given out' });
      continue;
    }
    const started = performance.now();
    const end = await acceptUploadIn(services, id);
    const ms = Math.round(performance.now() - started);
    const code = end.type === 'failed' ? end.failure.code : undefined;
    log.info(`upload ${end.type}`, { request: loggedId(id), ms, ...(code && { code }) });
    if (code) log.count('Refused', { reason: code });
  }
}

/** Five such messages, one after the other, stay within the function's 30 s: the batch outlives each of its images. */
const prepare = prepareWithin(5000);

export const handler = atFirstCall(() => acceptUpload({ ...acceptUploadServices(process.env), prepare }, lambdaLog()));
