import { element, xml } from './xml.ts';

/** Why S3 refuses a request, in its own codes and words. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly status: number;
  readonly code: string;
  /** Elements that S3 adds to this error, in their order. */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** The body of the answer. */
  toXml(requestId: string): string {
    const all = { Code: this.code, Message: this.message, ...this.details, RequestId: requestId, HostId: 'local' };
    return xml(element('Error', all));
  }
}

export function accessDenied(message = 'Access Denied', details: Readonly<Record<string, string>> = {}): S3Error {
  return new S3Error(403, 'AccessDenied', message, details);
}

export function invalidArgument(message: string, name: string, value: string): S3Error {
  return new S3Error(400, 'InvalidArgument', message, { ArgumentName: name, ArgumentValue: value });
}
