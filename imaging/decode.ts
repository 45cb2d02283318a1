import sharp, { type Metadata, type Sharp } from 'sharp';
import { productOf255 } from './alpha.ts';
import type { Pixels } from './resize.ts';
import type { ImageFormat } from './sniff.ts';

// Each image is decoded once, so a cache would only hold memory; one image decodes on one thread, so more would idle.
sharp.cache(false);
sharp.concurrency(1);
/**
 * Bytes are untrusted: of libvips' many loaders only those of our four formats, from memory, can be reached, whatever a
 * file claims to be. The others are blocked by name, each with what derives from it: blocking all and then unblocking
 * four would fail what another thread decodes in between, because the list is the process's.
 */
export const blockedLoaders: readonly string[] = [
  ...['Csv', 'Heif', 'Jp2k', 'Matrix', 'Openslide', 'Pdf', 'Raw', 'Svg', 'Tiff', 'Uhdr', 'Vips'],
  ...['Jpeg', 'Nsgif', 'Png', 'Webp'].flatMap((format) => [`${format}File`, `${format}Source`]),
].map((name) => `VipsForeignLoad${name}`);
sharp.block({ operation: [...blockedLoaders] });

/**
 * How Pillow would hold an image, which decides how it resizes it: `palette` (its modes P and 1), `alpha` (RGBA, LA),
 * `cmyk`, or `colour` (RGB and L).
 */
export type PixelMode = 'palette' | 'alpha' | 'cmyk' | 'colour';

export interface Decoded {
  readonly mode: PixelMode;
  /** RGB; RGBA in mode `alpha`; CMYK in mode `cmyk`. */
  readonly pixels: Pixels;
}

/**
 * Decodes an image as Pillow does: the first frame of an animation, as it is stored (`Outline.orientation` says how that
 * is), no conversion by a colour profile, 16 bits cut to 8. Two things differ. Pillow clips 16-bit grey, mostly to white, which loses the picture;
 * here it is cut to 8 too. And what is transparent in a GIF is black here, but any colour of its palette in Pillow.
 * @param bytes `Outline.frame`: the file would be decoded just so, but nothing bounds the time that it takes
 * @throws Error of libvips when the file is cut off or corrupt, or has more than `maxPixels`
 */
export async function decode(bytes: Uint8Array, format: ImageFormat, maxPixels: number): Promise<Decoded> {
  const image = sharp(bytes, { failOn: 'truncated', ignoreIcc: true, limitInputPixels: maxPixels });
  const metadata = await image.metadata();
  const mode = pixelMode(format, bytes, metadata);
  const pixels = await rawPixels(image, mode);
  return { mode, pixels };
}

/** Pillow's CMYK to RGB, without a colour profile. */
export function cmykToRgb(source: Pixels): Pixels {
  const { width, height, data } = source;
  const out = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const light = 255 - (data[from + 3] as number);
    for (let channel = 0; channel < 3; channel++) {
      out[to + channel] = Math.max(0, light - productOf255(data[from + channel] as number, light));
    }
  }
  return { width, height, channels: 3, data: out };
}

/** RGBA to RGB by forgetting alpha, as Pillow's convert does. */
export function dropAlpha(source: Pixels): Pixels {
  const { width, height, data } = source;
  const out = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    out[to] = data[from] as number;
    out[to + 1] = data[from + 1] as number;
    out[to + 2] = data[from + 2] as number;
  }
  return { width, height, channels: 3, data: out };
}

function pixelMode(format: ImageFormat, bytes: Uint8Array, metadata: Metadata): PixelMode {
  switch (format) {
    case 'png':
      return pngMode(bytes);
    case 'gif':
      return hasGreyRamp(bytes) ? 'colour' : 'palette';
    case 'jpeg':
      return metadata.space === 'cmyk' ? 'cmyk' : 'colour';
    case 'webp':
      return metadata.hasAlpha ? 'alpha' : 'colour';
  }
}

/** By bit depth and colour type in IHDR. A transparent colour (tRNS) is no alpha channel to Pillow. */
function pngMode(bytes: Uint8Array): PixelMode {
  const [depth, colourType] = [bytes[24], bytes[25]];
  if (colourType === 3 || (colourType === 0 && depth === 1)) return 'palette';
  return colourType === 4 || colourType === 6 ? 'alpha' : 'colour';
}

/** Whether a GIF's palette is just the grey levels 0, 1, 2 ...: Pillow holds such a one as L, not P. */
function hasGreyRamp(bytes: Uint8Array): boolean {
  const flags = bytes[10] ?? 0;
  if (!(flags & 0x80)) return false;
  const palette = bytes.subarray(13, 13 + 3 * 2 ** ((flags & 7) + 1));
  return palette.every((level, i) => level === Math.floor(i / 3));
}

async function rawPixels(image: Sharp, mode: PixelMode): Promise<Pixels> {
  const { data, info } = await inColourSpace(image, mode).raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    channels: info.channels as 3 | 4,
    data: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}

function inColourSpace(image: Sharp, mode: PixelMode): Sharp {
  if (mode === 'cmyk') return image.pipelineColourspace('cmyk').toColourspace('cmyk');
  const rgb = image.toColourspace('srgb');
  return mode === 'alpha' ? rgb.ensureAlpha() : rgb.removeAlpha();
}
