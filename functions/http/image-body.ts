import { CallerError } from '../../core/errors.ts';
import { header } from './header.ts';
import { readMultipartImage } from './multipart.ts';
import type { Event } from './types.ts';

const howTo =
  'Send multipart/form-data with one file in the field image, or an image as the body with its image/* type';

/**
 * The image file in a request's body: the file in field `image` of a multipart form, or the body itself when its type
 * is `image/*`. What kind of image it is, nobody believes a header.
 * @throws CallerError `unsupported_body` and those of readMultipartImage
 */
export async function readImageBody(event: Event): Promise<Uint8Array> {
  const contentType = header(event, 'content-type') ?? '';
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') return readMultipartImage(contentType, body);
  if (type.startsWith('image/')) return body;
  const got = type ? `A body of type ${type.slice(0, 100)} is not taken` : 'The request has no Content-Type';
  throw new CallerError('unsupported_body', `${got}. ${howTo}.`);
}
