import { createUploadServices } from '../aws/services.ts';
import { type CreateUploadServices, createUpload as createUploadIn } from '../core/create-upload.ts';
import { http } from './http/http.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';
import { uploadAnswer } from './http/upload-answer.ts';

/** `POST /uploads/{model}`: gives a form by which a browser can send its image, and the id of its classes. */
export function createUpload(services: CreateUploadServices, log: Log): HttpFunction {
  return http(['POST'], log, async (event) => {
    const upload = await createUploadIn(services, event.pathParameters?.model ?? '');
    return uploadAnswer(event, upload);
  });
}

export const handler = createUpload(createUploadServices(process.env), lambdaLog());
