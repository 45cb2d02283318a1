import { CallerError } from '../../core/errors.ts';
import { header } from './header.ts';
import type { Event } from './types.ts';

/** What the sender knows of an image before it is sent. */
export interface Announcement {
  /** Bytes. */
  readonly size?: number;
  /** Hex. */
  readonly sha256?: string;
}

const howTo =
  'Send no body, or JSON such as {"size": 48211, "sha256": "…"}: the bytes of the image, and their SHA-256 as 64 hex digits';

/**
 * Returns what a request's JSON body says of an image that is to be uploaded; nothing when there is no body.
 * @throws CallerError `unsupported_body` or `unreadable_body`
 */
export function readAnnouncement(event: Event): Announcement {
  if (!event.body) return {};
  const [type = ''] = (header(event, 'content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new CallerError('unsupported_body', `The body is taken as application/json only. ${howTo}.`);
  }
  const body = parsed(event);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw unreadable('The body is not a JSON object');
  const { size, sha256, ...others } = body as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0) throw unreadable('The body has a field that is neither size nor sha256');
  if (size !== undefined && !isSize(size)) throw unreadable('The field size is not a whole number of bytes');
  if (sha256 !== undefined && !isSha256(sha256)) throw unreadable('The field sha256 is not 64 hex digits');
  return { ...(size !== undefined && { size }), ...(sha256 !== undefined && { sha256 }) };
}

function parsed({ body = '', isBase64Encoded }: Event): unknown {
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body);
  } catch (cause) {
    throw unreadable('The body is not JSON', cause);
  }
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isSha256 = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);

function unreadable(problem: string, cause?: unknown): CallerError {
  return new CallerError('unreadable_body', `${problem}. ${howTo}.`, { cause });
}
