import { gather } from './gather.ts';
import { PickleError, type PickleWorld, readPickle } from './pickle.ts';

/** A float32 tensor of a checkpoint, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The first pickle of every PyTorch checkpoint of the form before version 1.6. */
const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;
/** Bytes an element, by storage class. */
const storageTypes = { FloatStorage: 4, LongStorage: 8 };
type StorageType = keyof typeof storageTypes;

interface Storage {
  readonly key: string;
  readonly type: StorageType;
  /** Elements. */
  readonly length: number;
}

/**
 * A tensor as the pickle describes it: a window on a storage whose numbers come later in the file. The axes may lie in
 * any order: kernels that came from TensorFlow lie as height, width, in, out.
 */
interface View {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * Reads a PyTorch state dict without PyTorch: a file as `torch.save` wrote it before version 1.6 (five pickles, then
 * the numbers). Gives the float32 tensors by name; integer ones (batch norm's step counters) are left out.
 * @throws PickleError when the file is anything else, cut short or inconsistent
 */
export function readCheckpoint(file: Uint8Array): Map<string, Tensor> {
  const storages = new Map<string, Storage>();
  const { values, end } = readPickles(file, 5, stateDictWorld(storages));
  const [first, second, system, stateDict, keys] = values;
  if (first !== magic || second !== version) throw new PickleError('This is not a PyTorch checkpoint of before 1.6.');
  if (!(system instanceof Map) || system.get('little_endian') !== true) {
    throw new PickleError('The checkpoint is not from a little-endian machine.');
  }
  if (!(stateDict instanceof Map) || !Array.isArray(keys)) {
    throw new PickleError('The checkpoint does not hold a state dict.');
  }
  return floatTensors(stateDict, readStorages(file, end, keys, storages));
}

function readPickles(file: Uint8Array, count: number, world: PickleWorld): { values: unknown[]; end: number } {
  const values: unknown[] = [];
  let end = 0;
  while (values.length < count) {
    const pickle = readPickle(file, end, world);
    values.push(pickle.value);
    end = pickle.end;
  }
  return { values, end };
}

function stateDictWorld(storages: Map<string, Storage>): PickleWorld {
  return {
    global(module, name) {
      if (module === 'collections' && name === 'OrderedDict') return () => new Map();
      if (module === 'torch._utils' && name === '_rebuild_tensor_v2') return rebuildTensor;
      if (module === 'torch' && isStorageType(name)) return name;
      throw new PickleError(`The checkpoint refers to ${module}.${name}, which a state dict does not need.`);
    },
    persistent(id) {
      const [kind, type, key, , length, view] = Array.isArray(id) ? (id as unknown[]) : [];
      if (kind !== 'storage' || !isStorageType(type) || typeof key !== 'string' || !isSize(length) || view !== null) {
        throw new PickleError('The checkpoint refers to something other than a storage.');
      }
      const known = storages.get(key) ?? { key, type, length };
      if (known.type !== type || known.length !== length) throw new PickleError(`Storage ${key} is described twice.`);
      storages.set(key, known);
      return known;
    },
  };
}

function rebuildTensor([storage, offset, shape, strides]: readonly unknown[]): View {
  if (!isStorage(storage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides)) {
    throw new PickleError('The checkpoint describes a tensor in a way that is not known.');
  }
  const last = shape.reduce((index, size, axis) => index + (size - 1) * (strides[axis] ?? 0), offset);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (shape.length !== strides.length || shape.includes(0) || last >= storage.length || elements > storage.length) {
    throw new PickleError(`A tensor of shape [${shape.join(', ')}] reaches beyond its storage of ${storage.length}.`);
  }
  return { storage, offset, shape, strides };
}

/** After the pickles: of each storage, in the order of the keys, its length (int64) and its elements. */
function readStorages(
  file: Uint8Array,
  start: number,
  keys: readonly unknown[],
  storages: ReadonlyMap<unknown, Storage>,
): Map<string, Float32Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const floats = new Map<string, Float32Array>();
  let at = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage) throw new PickleError('The checkpoint holds a storage that no tensor uses.');
    const from = at + 8;
    const to = from + storage.length * storageTypes[storage.type];
    if (to > file.length || view.getBigInt64(at, true) !== BigInt(storage.length)) {
      throw new PickleError(`Storage ${storage.key} is cut short or of another length than its tensors say.`);
    }
    if (storage.type === 'FloatStorage') floats.set(storage.key, alignedFloats(file.subarray(from, to)));
    at = to;
  }
  if (at !== file.length) throw new PickleError(`The checkpoint ends at byte ${at}, the file at ${file.length}.`);
  return floats;
}

/** A copy, because a Float32Array cannot begin at any byte. */
function alignedFloats(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function floatTensors(stateDict: Map<unknown, unknown>, numbers: ReadonlyMap<string, Float32Array>) {
  const tensors = new Map<string, Tensor>();
  for (const [name, view] of stateDict) {
    if (typeof name !== 'string' || !isView(view)) throw new PickleError('The state dict holds more than tensors.');
    if (view.storage.type !== 'FloatStorage') continue;
    const source = numbers.get(view.storage.key);
    if (!source) throw new PickleError(`The numbers of tensor ${name} are not in the checkpoint.`);
    tensors.set(name, { shape: view.shape, data: gather(source, view.offset, view.shape, view.strides) });
  }
  return tensors;
}

function isStorageType(value: unknown): value is StorageType {
  return typeof value === 'string' && Object.hasOwn(storageTypes, value);
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 8 && value.every(isSize);
}

function isStorage(value: unknown): value is Storage {
  return typeof value === 'object' && value !== null && 'key' in value && 'type' in value;
}

function isView(value: unknown): value is View {
  return typeof value === 'object' && value !== null && 'storage' in value;
}
