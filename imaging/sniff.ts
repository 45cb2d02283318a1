/** The image formats that mlg takes. */
export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp';

/** What a file is by its first bytes: a format that mlg takes, or the name of another, or nothing known. */
export interface Sniffed {
  readonly format?: ImageFormat;
  /** For people, such as `a PNG image` or `a PDF document`. */
  readonly name?: string;
}

interface Signature extends Sniffed {
  readonly at: number;
  /** Latin-1. */
  readonly magic: string;
}

const taken: readonly Signature[] = [
  { format: 'jpeg', name: 'a JPEG image', at: 0, magic: '\xff\xd8\xff' },
  { format: 'png', name: 'a PNG image', at: 0, magic: '\x89PNG\r\n\x1a\n' },
  { format: 'gif', name: 'a GIF image', at: 0, magic: 'GIF87a' },
  { format: 'gif', name: 'a GIF image', at: 0, magic: 'GIF89a' },
];

/** What people send by mistake; naming it tells them what to convert. */
const others: readonly Signature[] = [
  { name: 'a TIFF image', at: 0, magic: 'II*\0' },
  { name: 'a TIFF image', at: 0, magic: 'MM\0*' },
  { name: 'an AVIF image', at: 4, magic: 'ftypavi' },
  { name: 'a HEIC image', at: 4, magic: 'ftyphei' },
  { name: 'a HEIC image', at: 4, magic: 'ftyphev' },
  { name: 'a HEIC image', at: 4, magic: 'ftypmif1' },
  { name: 'a video', at: 4, magic: 'ftyp' },
  { name: 'a JPEG 2000 image', at: 0, magic: '\0\0\0\x0cjP  ' },
  { name: 'a JPEG XL image', at: 0, magic: '\0\0\0\x0cJXL ' },
  { name: 'a JPEG XL image', at: 0, magic: '\xff\x0a' },
  { name: 'an icon', at: 0, magic: '\0\0\x01\0' },
  { name: 'a Photoshop document', at: 0, magic: '8BPS' },
  { name: 'a PDF document', at: 0, magic: '%PDF-' },
  { name: 'a ZIP archive', at: 0, magic: 'PK\x03\x04' },
  { name: 'a gzip file', at: 0, magic: '\x1f\x8b' },
  { name: 'base64 text of an image', at: 0, magic: '/9j/' },
  { name: 'base64 text of an image', at: 0, magic: 'iVBORw0K' },
  { name: 'base64 text of an image', at: 0, magic: 'R0lGOD' },
  { name: 'base64 text of an image', at: 0, magic: 'UklGR' },
  { name: 'a data URL', at: 0, magic: 'data:' },
  { name: 'a BMP image', at: 0, magic: 'BM' },
];

/** Tells a file's format by its content; names and content types that callers give are not asked. */
export function sniff(bytes: Uint8Array): Sniffed {
  if (startsWith(bytes, 'RIFF', 0) && startsWith(bytes, 'WEBP', 8)) return { format: 'webp', name: 'a WebP image' };
  const signature = [...taken, ...others].find(({ at, magic }) => startsWith(bytes, magic, at));
  return signature ? pick(signature) : sniffText(bytes);
}

function pick({ format, name }: Signature): Sniffed {
  return { ...(format && { format }), ...(name && { name }) };
}

/** Bytes of a text that are looked at. */
const textStart = 512;

function sniffText(bytes: Uint8Array): Sniffed {
  const start = new TextDecoder('utf-8').decode(bytes.subarray(0, textStart)).trimStart().toLowerCase();
  if (start.startsWith('<') && /<svg\b/.test(start)) return { name: 'an SVG drawing' };
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return { name: 'a web page' };
  if (start.startsWith('{') || start.startsWith('[')) return { name: 'JSON text' };
  return {};
}

function startsWith(bytes: Uint8Array, magic: string, at: number): boolean {
  return bytes.length >= at + magic.length && [...magic].every((char, i) => bytes[at + i] === char.charCodeAt(0));
}
