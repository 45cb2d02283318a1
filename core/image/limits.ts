import { CallerError } from '../errors.ts';

/** Larger files are refused. */
export const maxImageBytes = 2 * 2 ** 20;
/** Images of more pixels are refused before they are decoded: a file of 400 kB can hold 400 million. */
export const maxImagePixels = 40_000_000;

export function imageTooLarge(): CallerError {
  return new CallerError('too_large', `The image has more than ${maxImageBytes} bytes (2 MiB), which is the limit.`);
}
