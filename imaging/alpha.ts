import { axes, type Orientation } from './orientation.ts';
import { type Pixels, resizeBicubic } from './resize.ts';

/**
 * Bicubic on colours that are weighted by their alpha (the fourth of four channels), byte for byte as Pillow resizes
 * RGBA and LA: what is transparent does not bleed into what is not.
 */
export function resizeBicubicAlpha(
  source: Pixels,
  width: number,
  height: number,
  orientation: Orientation = 1,
): Pixels {
  const upright = axes[orientation].swapped ? [source.height, source.width] : [source.width, source.height];
  if (upright[0] === width && upright[1] === height) return resizeBicubic(source, width, height, orientation);
  return unpremultiply(resizeBicubic(premultiply(source), width, height, orientation));
}

/** a x b / 255, rounded, for a and b in 0..255. */
export function productOf255(a: number, b: number): number {
  const t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}

function premultiply(source: Pixels): Pixels {
  const { data } = source;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] as number;
    for (let channel = 0; channel < 3; channel++) out[i + channel] = productOf255(data[i + channel] as number, alpha);
    out[i + 3] = alpha;
  }
  return { ...source, data: out };
}

/** Colours without opacity stay as they are, as in Pillow. */
function unpremultiply(source: Pixels): Pixels {
  const { data } = source;
  const out = Uint8Array.from(data);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] as number;
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = 0; channel < 3; channel++) {
      out[i + channel] = Math.min(255, Math.trunc((255 * (data[i + channel] as number)) / alpha));
    }
  }
  return { ...source, data: out };
}
