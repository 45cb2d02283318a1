/** How a window slides: rows, then columns. */
export type Pair = readonly [height: number, width: number];
/** Pixels added on each side; a negative number crops. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number];
export type Padding = 'valid' | 'same';

export const noPads: Pads = [0, 0, 0, 0];

export function pair(value: number | Pair): Pair {
  return typeof value === 'number' ? [value, value] : value;
}

export function isPadded(pads: Pads): boolean {
  return pads.some((side) => side !== 0);
}

export function addPads(a: Pads, b: Pads): Pads {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

/** The padding that a window needs; TensorFlow's "same" puts the odd pixel at the bottom and right. */
export function padsFor(padding: Padding, size: Pair, kernel: Pair, stride: Pair): Pads {
  if (padding === 'valid') return noPads;
  const [top, bottom] = sameAlong(size[0], kernel[0], stride[0]);
  const [left, right] = sameAlong(size[1], kernel[1], stride[1]);
  return [top, left, bottom, right];
}

/** Height and width after a window has slid over a padded plane. */
export function slide(size: Pair, kernel: Pair, stride: Pair, pads: Pads): Pair {
  return [
    Math.floor((size[0] + pads[0] + pads[2] - kernel[0]) / stride[0]) + 1,
    Math.floor((size[1] + pads[1] + pads[3] - kernel[1]) / stride[1]) + 1,
  ];
}

function sameAlong(size: number, kernel: number, stride: number): Pair {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
