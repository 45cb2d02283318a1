import { CallerError } from './errors.ts';

/** Larger image files are refused. */
export const maxImageBytes = 2 * 2 ** 20;

export function imageTooLarge(): CallerError {
  return new CallerError('too_large', `The image has more than ${maxImageBytes} bytes (2 MiB), which is the limit.`);
}
