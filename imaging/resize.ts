import { axes, type Orientation } from './orientation.ts';

/**
 * Pillow's resampling (Resample.c and Geometry.c, 7.0 and later), byte for byte: it is what the original service fed
 * its networks. Horizontal first, then vertical, rounded to 8 bits in between; a pass whose size does not change is
 * skipped. An image that is not stored upright is resized as if it had been turned first (`ImageOps.exif_transpose`):
 * mirrored axes are read backwards, and of swapped ones the stored columns are resized first.
 */

/** Pixels, row by row, channels interleaved, uint8. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  /** height x width x channels. */
  readonly data: Uint8Array;
}

/** Coefficients are fixed-point numbers with this many fractional bits; a sum of products fits an int32. */
const fractionBits = 22;
const half = 1 << (fractionBits - 1);

/**
 * Bicubic (a = -0.5), with the filter widened when it shrinks.
 * @param width,height of the upright image
 */
export function resizeBicubic(source: Pixels, width: number, height: number, orientation: Orientation = 1): Pixels {
  const { swapped, mirroredX, mirroredY } = axes[orientation];
  if (!swapped) return resizeRows(resizeColumns(source, width, mirroredX), height, mirroredY);
  return transpose(resizeColumns(resizeRows(source, width, mirroredX), height, mirroredY));
}

/**
 * The pixel under the centre of each new pixel. Pillow resizes palette and 1-bit images only so.
 * @param width,height of the upright image
 */
export function resizeNearest(source: Pixels, width: number, height: number, orientation: Orientation = 1): Pixels {
  const { swapped, mirroredX, mirroredY } = axes[orientation];
  if (swapped) return transpose(pickNearest(source, height, width, mirroredY, mirroredX));
  return pickNearest(source, width, height, mirroredX, mirroredY);
}

function pickNearest(source: Pixels, width: number, height: number, backX: boolean, backY: boolean): Pixels {
  const { channels, data } = source;
  const xs = nearestIndices(source.width, width, backX);
  const ys = nearestIndices(source.height, height, backY);
  const out = new Uint8Array(width * height * channels);
  let to = 0;
  for (const y of ys) {
    for (const x of xs) {
      const from = (y * source.width + x) * channels;
      for (let channel = 0; channel < channels; channel++) out[to++] = data[from + channel] as number;
    }
  }
  return { width, height, channels, data: out };
}

/** Rows become columns. */
function transpose({ width, height, channels, data }: Pixels): Pixels {
  const out = new Uint8Array(data.length);
  let to = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const from = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) out[to++] = data[from + channel] as number;
    }
  }
  return { width: height, height: width, channels, data: out };
}

/** The position is accumulated, not multiplied, because Pillow's is, and the two round apart in rare places. */
function nearestIndices(from: number, to: number, backwards: boolean): Int32Array {
  const scale = from / to;
  const indices = new Int32Array(to);
  let position = scale * 0.5;
  for (let i = 0; i < to; i++) {
    const index = Math.min(Math.trunc(position), from - 1);
    indices[i] = backwards ? from - 1 - index : index;
    position += scale;
  }
  return indices;
}

/** What goes into each new pixel of one axis: `count[i]` old ones from `first[i]` on, with `weights` from `i * stride` on. */
interface Kernel {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
}

function bicubicKernel(from: number, to: number, backwards: boolean): Kernel {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = 2 * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(from, Math.trunc(centre + support + 0.5)) - low;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      const weight = bicubic((k + low - centre + 0.5) * (1 / filterScale));
      exact[k] = weight;
      sum += weight;
    }
    for (let k = 0; k < n; k++) {
      weights[i * stride + (backwards ? n - 1 - k : k)] = fixedPoint((exact[k] as number) / sum);
    }
    first[i] = backwards ? from - low - n : low;
    count[i] = n;
  }
  return { first, count, weights, stride };
}

function bicubic(distance: number): number {
  const a = -0.5;
  const t = Math.abs(distance);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

/** Rounds half away from zero. */
function fixedPoint(weight: number): number {
  return Math.trunc(weight * 2 ** fractionBits + (weight < 0 ? -0.5 : 0.5));
}

/** The pass along rows. One loop a channel count: a loop over channels inside would halve the speed. */
function resizeColumns(source: Pixels, width: number, backwards: boolean): Pixels {
  if (source.width === width && !backwards) return source;
  const kernel = bicubicKernel(source.width, width, backwards);
  const data = new Uint8ClampedArray(source.height * width * source.channels);
  const pass = source.channels === 3 ? columns3 : columns4;
  pass(source, kernel, data, width);
  return { ...source, width, data: asUint8(data) };
}

function columns3(source: Pixels, kernel: Kernel, out: Uint8ClampedArray, width: number): void {
  const { data } = source;
  const { first, count, weights, stride } = kernel;
  let to = 0;
  for (let y = 0; y < source.height; y++) {
    const row = y * source.width * 3;
    for (let x = 0; x < width; x++) {
      let from = row + (first[x] as number) * 3;
      let k = x * stride;
      const end = k + (count[x] as number);
      let r = half;
      let g = half;
      let b = half;
      for (; k < end; k++, from += 3) {
        const weight = weights[k] as number;
        r = (r + Math.imul(data[from] as number, weight)) | 0;
        g = (g + Math.imul(data[from + 1] as number, weight)) | 0;
        b = (b + Math.imul(data[from + 2] as number, weight)) | 0;
      }
      out[to] = r >> fractionBits;
      out[to + 1] = g >> fractionBits;
      out[to + 2] = b >> fractionBits;
      to += 3;
    }
  }
}

function columns4(source: Pixels, kernel: Kernel, out: Uint8ClampedArray, width: number): void {
  const { data } = source;
  const { first, count, weights, stride } = kernel;
  let to = 0;
  for (let y = 0; y < source.height; y++) {
    const row = y * source.width * 4;
    for (let x = 0; x < width; x++) {
      let from = row + (first[x] as number) * 4;
      let k = x * stride;
      const end = k + (count[x] as number);
      let r = half;
      let g = half;
      let b = half;
      let a = half;
      for (; k < end; k++, from += 4) {
        const weight = weights[k] as number;
        r = (r + Math.imul(data[from] as number, weight)) | 0;
        g = (g + Math.imul(data[from + 1] as number, weight)) | 0;
        b = (b + Math.imul(data[from + 2] as number, weight)) | 0;
        a = (a + Math.imul(data[from + 3] as number, weight)) | 0;
      }
      out[to] = r >> fractionBits;
      out[to + 1] = g >> fractionBits;
      out[to + 2] = b >> fractionBits;
      out[to + 3] = a >> fractionBits;
      to += 4;
    }
  }
}

/** The pass along columns: sums whole rows, so channels need no loop of their own; four at a time, to write sums less often. */
function resizeRows(source: Pixels, height: number, backwards: boolean): Pixels {
  if (source.height === height && !backwards) return source;
  const { first, count, weights, stride } = bicubicKernel(source.height, height, backwards);
  const rowBytes = source.width * source.channels;
  const out = new Uint8ClampedArray(height * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    let k = y * stride;
    let from = (first[y] as number) * rowBytes;
    const end = k + (count[y] as number);
    for (; k + 4 <= end; k += 4, from += 4 * rowBytes) addFourRows(sums, source.data, from, weights, k);
    for (; k < end; k++, from += rowBytes) addRow(sums, source.data, from, weights[k] as number);
    const to = y * rowBytes;
    for (let i = 0; i < rowBytes; i++) out[to + i] = (sums[i] as number) >> fractionBits;
  }
  return { ...source, height, data: asUint8(out) };
}

function addFourRows(sums: Int32Array, data: Uint8Array, from: number, weights: Int32Array, k: number): void {
  const rowBytes = sums.length;
  const [a, b, c, d] = [weights[k], weights[k + 1], weights[k + 2], weights[k + 3]] as [number, number, number, number];
  for (let i = 0, at = from; i < rowBytes; i++, at++) {
    const ab = (Math.imul(data[at] as number, a) + Math.imul(data[at + rowBytes] as number, b)) | 0;
    const cd = (Math.imul(data[at + 2 * rowBytes] as number, c) + Math.imul(data[at + 3 * rowBytes] as number, d)) | 0;
    sums[i] = ((sums[i] as number) + ((ab + cd) | 0)) | 0;
  }
}

function addRow(sums: Int32Array, data: Uint8Array, from: number, weight: number): void {
  for (let i = 0; i < sums.length; i++) {
    sums[i] = ((sums[i] as number) + Math.imul(data[from + i] as number, weight)) | 0;
  }
}

function asUint8(bytes: Uint8ClampedArray): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
