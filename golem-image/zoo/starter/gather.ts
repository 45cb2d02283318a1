/**
 * Copies a strided window of `source`, row-major: element [i, j, ...] of the result is
 * `source[offset + i * strides[0] + j * strides[1] + ...]`. The window must lie within the source.
 */
export function gather(
  source: Float32Array,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const result = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let to = 0;
  const walk = (axis: number, from: number) => {
    const size = shape[axis];
    const stride = strides[axis];
    if (size === undefined || stride === undefined) {
      result[to++] = source[from] as number;
      return;
    }
    for (let i = 0; i < size; i++) walk(axis + 1, from + i * stride);
  };
  walk(0, offset);
  return result;
}
