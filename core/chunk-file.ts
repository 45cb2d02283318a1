/**
 * What travels to a provider: prepared images of one model in one file.
 *
 *     offset  bytes
 *          0      4  "MLGC"
 *          4      4  length of the header, uint32 little endian
 *          8      .  header, JSON: {"model": id, "height": H, "width": W, "count": N}
 *          .  NxHxWx3  the images, uint8 RGB, one after the other
 */
export interface ChunkFile {
  readonly model: string;
  readonly height: number;
  readonly width: number;
  readonly count: number;
  /** count x height x width x 3, uint8. */
  readonly tensors: Uint8Array;
}

const magic = 'MLGC';
const prefixBytes = 8;
/** Far above any header that mlg writes, far below what a corrupt length would ask for. */
const maxHeaderBytes = 1024;

/**
 * @param images each height x width x 3 bytes
 * @throws RangeError when an image has another length
 */
export function encodeChunk(model: string, height: number, width: number, images: readonly Uint8Array[]): Uint8Array {
  const imageBytes = height * width * 3;
  const header = new TextEncoder().encode(JSON.stringify({ model, height, width, count: images.length }));
  const file = new Uint8Array(prefixBytes + header.length + images.length * imageBytes);
  file.set(new TextEncoder().encode(magic), 0);
  new DataView(file.buffer).setUint32(4, header.length, true);
  file.set(header, prefixBytes);
  images.forEach((image, index) => {
    if (image.length !== imageBytes) {
      throw new RangeError(`Image ${index} has ${image.length} bytes; ${model} takes ${imageBytes}.`);
    }
    file.set(image, prefixBytes + header.length + index * imageBytes);
  });
  return file;
}

/** @throws RangeError that says what is wrong with the file. `tensors` is a view, not a copy. */
export function decodeChunk(file: Uint8Array): ChunkFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < prefixBytes || new TextDecoder('latin1').decode(file.subarray(0, 4)) !== magic) {
    throw new RangeError(`This is not a chunk file: it does not begin with "${magic}".`);
  }
  const headerBytes = view.getUint32(4, true);
  if (headerBytes > maxHeaderBytes || prefixBytes + headerBytes > file.length) {
    throw new RangeError(`The chunk file's header claims ${headerBytes} bytes.`);
  }
  const header = parseHeader(file.subarray(prefixBytes, prefixBytes + headerBytes));
  const tensors = file.subarray(prefixBytes + headerBytes);
  const expected = header.count * header.height * header.width * 3;
  if (tensors.length !== expected) {
    throw new RangeError(`The chunk file holds ${tensors.length} bytes of images; its header says ${expected}.`);
  }
  return { ...header, tensors };
}

function parseHeader(bytes: Uint8Array): Omit<ChunkFile, 'tensors'> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new RangeError("The chunk file's header is not JSON.", { cause });
  }
  const { model, height, width, count } = (header ?? {}) as Record<string, unknown>;
  const isCount = (n: unknown): n is number => Number.isInteger(n) && (n as number) > 0 && (n as number) < 65_536;
  if (typeof model !== 'string' || !isCount(height) || !isCount(width) || !isCount(count)) {
    throw new RangeError("The chunk file's header must name a model and a positive height, width and count.");
  }
  return { model, height, width, count };
}
