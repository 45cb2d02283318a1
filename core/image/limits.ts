import { CallerError } from '../errors.ts';

/** Larger files are refused. */
export const maxImageBytes = 2 * 2 ** 20;
/** Images of more pixels are refused before they are decoded: a file of 400 kB can hold 400 million. */
export const maxImagePixels = 40_000_000;
/**
 * Pixels a side, the most that JPEG and GIF can have. A PNG can have a million rows of few pixels; making each of them
 * as wide as the network's input would take a minute and a gigabyte.
 */
export const maxImageSide = 65_535;

export function imageTooLarge(): CallerError {
  return new CallerError('too_large', `The image has more than ${maxImageBytes} bytes (2 MiB), which is the limit.`);
}
