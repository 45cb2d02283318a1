import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import type { CallerErrorCode } from '../../core/errors.ts';
import { maxImageBytes } from '../../core/image-limits.ts';
import { costlyImages } from './costly-images.ts';
import { chunk, gif, imageFile, jpegHeader, pngFile, pngHeader } from './image-files.ts';
import { testImage } from './test-image.ts';

/** A file that nobody should have sent, or an odd one that must be taken all the same. */
export interface BadFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How both doors must refuse it; `taken` when they must not. */
  readonly outcome: CallerErrorCode | 'taken';
}

/** More than eighty files, made here; the same each time. */
export async function badFiles(): Promise<BadFile[]> {
  return [...nothing(), ...others(), ...pretenders(), ...bombs(), ...costlyImages(), ...odd(), ...(await cut())];
}

const photo = imageFile('colour-444.jpg');
const png = imageFile('colour.png');
const latin = (text: string) => Buffer.from(text, 'latin1');
const all = (outcome: BadFile['outcome'], files: Readonly<Record<string, Uint8Array>>): BadFile[] =>
  Object.entries(files).map(([name, bytes]) => ({ name, bytes, outcome }));

function nothing(): BadFile[] {
  return [
    ...all('empty_image', { empty: new Uint8Array() }),
    ...all('unsupported_image', {
      'one byte': latin('x'),
      'a kilobyte of zeros': new Uint8Array(1024),
      noise: Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 104_729) % 256),
      '2 MiB of zeros': new Uint8Array(maxImageBytes),
    }),
    ...all('too_large', { '2 MiB and a byte': padded(photo, maxImageBytes + 1) }),
  ];
}

/** Good files of formats that are not taken. */
function others(): BadFile[] {
  const bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>';
  return all('unsupported_image', {
    'a text': latin('hello'),
    JSON: latin('{"image": null}'),
    'a web page': latin('<!DOCTYPE html><html><img src=x onerror=alert(1)></html>'),
    'an SVG': latin('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    'an SVG that reads files': latin('<?xml version="1.0"?><svg><image href="file:///etc/passwd"/></svg>'),
    'an SVG that unfolds': latin(`<?xml version="1.0"?>${bomb}<svg><text>&b;</text></svg>`),
    'a HEIC': latin('\0\0\0\x18ftypheic\0\0\0\0mif1heic'),
    'an AVIF': latin('\0\0\0\x1cftypavif\0\0\0\0avifmif1'),
    'a video': latin('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'),
    'a BMP': latin('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0'),
    'a little-endian TIFF': latin('II*\0\x08\0\0\0'),
    'a big-endian TIFF': latin('MM\0*\0\0\0\x08'),
    'a JPEG 2000': latin('\0\0\0\x0cjP  \r\n\x87\n'),
    'a JPEG XL': latin('\xff\x0a\xfa\x1f'),
    'an icon': latin('\0\0\x01\0\x01\0\x10\x10'),
    'a Photoshop document': latin('8BPS\0\x01'),
    'a PDF': latin('%PDF-1.7\n%\xe2\xe3'),
    'a ZIP': latin('PK\x03\x04\x14\0'),
    'a gzip file': gzipSync(photo),
    'a sound': latin('RIFF\x24\0\0\0WAVEfmt '),
    'a JPEG in base64': latin(Buffer.from(photo).toString('base64')),
    'a data URL': latin(`data:image/jpeg;base64,${Buffer.from(photo).toString('base64')}`),
    'a JPEG after a line feed': Buffer.concat([latin('\n'), photo]),
    'a PNG whose line feeds were converted': latin('\x89PNG\n\x1a\n\0\0\0\rIHDR'),
  });
}

/** What says of itself that it is another. */
function pretenders(): BadFile[] {
  return [
    ...all('broken_image', {
      "a JPEG's magic alone": latin('\xff\xd8\xff'),
      "a PNG's magic alone": latin('\x89PNG\r\n\x1a\n'),
      "a GIF's magic alone": latin('GIF89a'),
      "a WebP's magic alone": latin('RIFF\x04\0\0\0WEBP'),
      "a PNG under a JPEG's magic": Buffer.concat([latin('\xff\xd8\xff\xe0'), png]),
      "a JPEG under a PNG's magic": Buffer.concat([latin('\x89PNG\r\n\x1a\n'), photo]),
      'a PNG whose pixels are noise': pngFile(16, 16, 2, latin('this is no zlib stream')),
      'a PNG with too few pixels': pngFile(16, 16, 2, deflateSync(new Uint8Array(100))),
      'a PNG without pixels in it': pngFile(16, 16, 2),
      'a JPEG that ends in its header': jpegHeader(100, 100),
    }),
    // Its first letters are 12605 x 24891 pixels.
    ...all('bad_dimensions', { "a program under a GIF's magic": latin('GIF89a=1;alert(1);//') }),
    ...all('taken', {
      'a GIF whose pixels end early': gif({ width: 10, height: 10 }),
      'a JPEG that goes on as a ZIP': Buffer.concat([photo, latin('PK\x03\x04\x14\0'), new Uint8Array(500)]),
      'a JPEG with a web page in its comment': withComment(photo, '<script>alert(1)</script>'),
      'a PNG that goes on as a program': Buffer.concat([png, latin('#!/bin/sh\nrm -rf /\n')]),
    }),
  ];
}

/** Small files of many pixels, or of much that unfolds. */
function bombs(): BadFile[] {
  const zeros = (bytes: number) => deflateSync(new Uint8Array(bytes), { level: 9 });
  const rows = (width: number, height: number) => zeros(height * (1 + Math.ceil(width / 8)));
  return [
    ...all('bad_dimensions', {
      'a PNG of 0 x 0': pngHeader(0, 0),
      'a PNG of no width': pngHeader(0, 5),
      'a PNG of no height': pngHeader(5, 0),
      'a GIF of 0 x 0': gif({ width: 0, height: 0 }),
      'a JPEG of no lines': jpegHeader(5, 0),
      'a PNG of 20000 x 20000, whole': pngFile(20_000, 20_000, 0, rows(20_000, 20_000), 1),
      'a PNG of a column over the limit, whole': pngFile(8001, 5000, 0, rows(8001, 5000), 1),
      'a PNG of a million rows, whole': pngFile(8, 1_000_000, 0, rows(8, 1_000_000), 1),
      'a PNG of 2147483647 x 2147483647': pngHeader(2 ** 31 - 1, 2 ** 31 - 1),
      'a PNG of 4294967295 x 1': pngHeader(2 ** 32 - 1, 1),
      'a JPEG of 65535 x 65535': jpegHeader(65_535, 65_535),
      'a GIF of 65535 x 65535': gif({ width: 65_535, height: 65_535 }),
      'a GIF with a frame larger than itself': gif({ width: 1, height: 1, frame: { width: 65_535, height: 65_535 } }),
      'a WebP of 16384 x 16384': webpHeader(16_384, 16_384),
    }),
    ...all('broken_image', {
      'a PNG at the limit that ends there': pngHeader(8000, 5000),
    }),
    ...all('taken', {
      'a PNG with 100 MB of text': withChunk(png, 'zTXt', Buffer.concat([latin('Comment\0\0'), zeros(1e8)])),
      'a PNG with 100 MB of colour profile': withChunk(png, 'iCCP', Buffer.concat([latin('p\0\0'), zeros(1e8)])),
    }),
  ];
}

/** Good, and seldom seen. */
function odd(): BadFile[] {
  return all('taken', {
    '2 MiB less a byte': padded(photo, maxImageBytes - 1),
    '2 MiB': padded(photo, maxImageBytes),
    'one pixel': pngFile(1, 1, 2, deflateSync(latin('\0abc'))),
    'a row of 32000 pixels': pngFile(32_000, 1, 0, deflateSync(new Uint8Array(4001)), 1),
    CMYK: imageFile('cmyk.jpg'),
    '16 bits': imageFile('colour-16-bit.png'),
    '16 bits with alpha': imageFile('alpha-16-bit.png'),
    'turned by EXIF': imageFile('orientation-6.jpg'),
    'an animated GIF': imageFile('animated.gif'),
    'an animated WebP': imageFile('animated.webp'),
    'a progressive JPEG': imageFile('progressive.jpg'),
    'black and white': imageFile('black-and-white.png'),
  });
}

/** A JPEG and a PNG of some size, cut at every kilobyte. */
async function cut(): Promise<BadFile[]> {
  const { width, height, channels, data } = testImage(120, 160);
  const image = sharp(data, { raw: { width, height, channels } });
  const whole = { JPEG: await image.jpeg({ quality: 85 }).toBuffer(), PNG: await image.png().toBuffer() };
  return Object.entries(whole).flatMap(([format, bytes]) => {
    const kilobytes = Array.from({ length: Math.ceil(bytes.length / 1024) - 1 }, (_, i) => i + 1);
    return kilobytes.flatMap((n) =>
      all('broken_image', { [`a ${format} cut at ${n} kB of ${bytes.length} bytes`]: bytes.subarray(0, n * 1024) }),
    );
  });
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array(length - bytes.length)]);
}

/** With a comment segment after the start of the image. */
function withComment(jpeg: Uint8Array, comment: string): Uint8Array {
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(comment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, latin(comment), jpeg.subarray(2)]);
}

/** With a chunk after the header. */
function withChunk(file: Uint8Array, type: string, data: Uint8Array): Uint8Array {
  const headerEnd = 8 + 25;
  return Buffer.concat([file.subarray(0, headerEnd), chunk(type, data), file.subarray(headerEnd)]);
}

/** An extended WebP that ends after its header. */
function webpHeader(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(30);
  bytes.write('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1');
  bytes.writeUIntLE(width - 1, 24, 3);
  bytes.writeUIntLE(height - 1, 27, 3);
  return bytes;
}
