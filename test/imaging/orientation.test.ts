import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axes, readOrientation } from '../../imaging/orientation.ts';
import pillow from '../data/pillow.json' with { type: 'json' };

describe('what Pillow reads in EXIF', () => {
  it.each(pillow.exif)('$exif: $orientation', ({ exif, orientation }) => {
    expect(readOrientation(Buffer.from(exif, 'hex'))).toBe(orientation);
  });
});

describe('any bytes at all', () => {
  const header = fc.constantFrom('', 'II*\0', 'MM\0*', 'II*\0\x08\0\0\0\xff\xff', 'Exif\0\0MM\0*\0\0\0\x08\0\x01');

  it('are an orientation', () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        const orientation = readOrientation(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
        expect(Object.keys(axes)).toContain(String(orientation));
      }),
      { numRuns: 5000 },
    );
  });
});
