import { CallerError } from '../core/errors.ts';
import { imageTooLarge, maxImageBytes } from '../core/image-limits.ts';
import type { PrepareImage } from '../core/ports.ts';
import { resizeBicubicAlpha } from './alpha.ts';
import { cmykToRgb, type Decoded, decode, dropAlpha } from './decode.ts';
import { outline } from './formats/index.ts';
import { maxCostlyPixels, maxImagePixels, maxImageSide, maxScanBlocks, maxScans } from './limits.ts';
import type { Orientation } from './orientation.ts';
import type { Outline } from './outline.ts';
import { type Pixels, resizeBicubic, resizeNearest } from './resize.ts';
import { type ImageFormat, sniff } from './sniff.ts';

/**
 * Turns an image file into what a network takes, once, at the door. What would take more than two seconds of a processor
 * is refused before anything is decoded.
 * @param size height and width of the network's input, pixels
 * @returns size x size x 3, uint8 RGB, byte for byte what Pillow's
 *   `ImageOps.exif_transpose(open(file)).resize((size, size, orientation)).convert('RGB')` gives
 * @throws CallerError `empty_image`, `too_large`, `unsupported_image`, `bad_dimensions`, `too_costly` or `broken_image`
 */
export async function prepareImage(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  checkLength(bytes);
  const format = checkFormat(bytes);
  const image = outline(format, bytes);
  if (!image) throw broken();
  checkDimensions(image);
  checkCost(image);
  return toRgb(await decodeOrRefuse(image, format), size, image.orientation).data;
}

/**
 * `prepareImage`, but an image that takes longer is refused. A decoder cannot be stopped: it works on, beside what comes
 * next. So this is for what nobody knows of, that one such image may not hold up others; known costs are counted.
 * @throws CallerError also `too_costly` after `ms`
 */
export function prepareWithin(ms: number, prepare: PrepareImage = prepareImage): PrepareImage {
  return async (bytes, size) => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(tooCostly('it was not done in time.')), ms);
    try {
      return await Promise.race([prepare(bytes, size), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function checkLength(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new CallerError('empty_image', 'The image file is empty.');
  if (bytes.length > maxImageBytes) throw imageTooLarge();
}

function checkFormat(bytes: Uint8Array): ImageFormat {
  const { format, name } = sniff(bytes);
  if (format) return format;
  const got = name ? `This looks like ${name}` : 'This is not an image of a known format';
  throw new CallerError('unsupported_image', `${got}. Images are taken as JPEG, PNG, GIF or WebP.`);
}

function checkDimensions({ width, height }: Outline): void {
  if (width === 0 || height === 0) throw new CallerError('bad_dimensions', 'The image has no pixels.');
  const has = `The image has ${width} x ${height} pixels`;
  if (width * height > maxImagePixels) throw tooManyPixels(has);
  if (Math.max(width, height) > maxImageSide) {
    throw new CallerError('bad_dimensions', `${has}; a side can have at most ${maxImageSide}.`);
  }
}

function checkCost({ width, height, costly, scans }: Outline): void {
  const size = `${width} x ${height} pixels`;
  if (costly && width * height > maxCostlyPixels) {
    throw tooCostly(`${costly}, and has ${size}; of such images at most ${maxCostlyPixels} (16 million) are taken.`);
  }
  if (scans && (scans.count > maxScans || scans.blocks > maxScanBlocks)) {
    throw tooCostly(`it has ${scans.count} scans of ${size}. Save it without the option "progressive".`);
  }
}

async function decodeOrRefuse({ frame, costly }: Outline, format: ImageFormat): Promise<Decoded> {
  try {
    return await decode(frame, format, costly ? maxCostlyPixels : maxImagePixels);
  } catch (cause) {
    // A frame of a GIF can be larger than its header says.
    if (cause instanceof Error && /exceeds pixel limit/.test(cause.message)) {
      throw tooManyPixels('The image has too many pixels', cause);
    }
    throw broken(cause);
  }
}

/** Resizes in the image's own mode and only then converts, in the order of the original service. */
function toRgb({ mode, pixels }: Decoded, size: number, orientation: Orientation): Pixels {
  switch (mode) {
    case 'palette':
      return resizeNearest(pixels, size, size, orientation);
    case 'alpha':
      return dropAlpha(resizeBicubicAlpha(pixels, size, size, orientation));
    case 'cmyk':
      return cmykToRgb(resizeBicubic(pixels, size, size, orientation));
    case 'colour':
      return resizeBicubic(pixels, size, size, orientation);
  }
}

function tooManyPixels(what: string, cause?: unknown): CallerError {
  return new CallerError('bad_dimensions', `${what}; at most ${maxImagePixels} (40 million) are taken.`, { cause });
}

function tooCostly(why: string): CallerError {
  return new CallerError('too_costly', `The image takes too long to decode: ${why}`);
}

function broken(cause?: unknown): CallerError {
  return new CallerError('broken_image', 'The image is cut off or corrupt: it could not be decoded.', { cause });
}
