import { access } from 'node:fs/promises';
import h5wasm, { type Dataset, type Entity, type File, type Group } from 'h5wasm/node';
import type { WeightedLayer } from './build.ts';
import { WeightFileError } from './errors.ts';
import type { Weights } from './layer.ts';

/**
 * Opens weights in Keras' legacy HDF5 layout (a weights-only file or a whole saved model), in the calling thread, and
 * checks that they fit.
 * @see openWeightFile for what it gives and throws
 */
export async function openHdf5Weights(path: string, layers: readonly WeightedLayer[]): Promise<Weights> {
  const file = await open(path);
  try {
    const groups = weightedGroups(weightsRoot(file), path);
    if (groups.length !== layers.length) {
      throw new WeightFileError(
        `${path} has ${groups.length} layers with weights; the network has ${layers.length}. Is it for another network?`,
      );
    }
    const arrays = groups.map((group, k) => arraysOf(group, layers[k] as WeightedLayer));
    return (layer, array) => {
      const found = arrays[layer]?.[array];
      if (!found) throw new RangeError(`${path} has no array ${array} of layer ${layer}.`);
      return read(found);
    };
  } catch (error) {
    if (error instanceof WeightFileError) throw error;
    throw new WeightFileError(`${path} is damaged: ${reason(error)}.`, { cause: error });
  }
}

async function open(path: string): Promise<File> {
  await access(path).catch((cause) => {
    throw new WeightFileError(`There is no file ${path}.`, { cause });
  });
  const library = await h5wasm.ready;
  library.activate_throwing_error_handler();
  try {
    return new h5wasm.File(path, 'r');
  } catch (cause) {
    throw new WeightFileError(`${path} cannot be opened: ${reason(cause)}.`, { cause });
  }
}

/** HDF5 reports a stack; the innermost line says what happened ("File has been truncated"). */
function reason(error: unknown): string {
  const minors = [...String(error).matchAll(/minor: (.*)/g)];
  return minors.at(-1)?.[1] ?? String(error);
}

/** In a file with a whole model the weights lie one level down. */
function weightsRoot(file: File): Group {
  if (attributeNames(file, 'layer_names')) return file;
  const inner = file.get('model_weights');
  return isGroup(inner) ? inner : file;
}

interface WeightedGroup {
  readonly name: string;
  readonly group: Group;
  readonly weightNames: readonly string[];
}

function weightedGroups(root: Group, path: string): WeightedGroup[] {
  const names = attributeNames(root, 'layer_names');
  if (!names) {
    throw new WeightFileError(`${path} is not a Keras weight file: it has no list of layers (layer_names).`);
  }
  return names
    .map((name) => {
      const group = root.get(name);
      if (!isGroup(group)) throw new WeightFileError(`${path} lists a layer ${name} that it does not hold.`);
      const weightNames = attributeNames(group, 'weight_names');
      if (!weightNames) throw new WeightFileError(`Layer ${name} in ${path} has no list of arrays (weight_names).`);
      return { name, group, weightNames };
    })
    .filter(({ weightNames }) => weightNames.length > 0);
}

/**
 * A list of names, which Keras cuts into `NAME0`, `NAME1`, ... where it is long. An empty list is stored as an empty
 * array of numbers. Undefined if there is none.
 */
function attributeNames(group: Group, name: string): string[] | undefined {
  const { attrs } = group;
  const pieces = name in attrs ? [name] : [];
  if (pieces.length === 0) {
    for (let i = 0; `${name}${i}` in attrs; i++) pieces.push(`${name}${i}`);
  }
  if (pieces.length === 0) return undefined;
  return pieces.flatMap((piece) => {
    const value = attrs[piece]?.value;
    if (Array.isArray(value)) return value.map(String);
    return typeof value === 'string' ? [value] : [];
  });
}

interface StoredArray {
  readonly place: string;
  readonly dataset: Dataset;
  readonly shape: readonly number[];
}

function arraysOf({ name, group, weightNames }: WeightedGroup, layer: WeightedLayer): StoredArray[] {
  const { weights } = layer;
  if (weightNames.length !== weights.length) {
    const expected = `${layer.name} takes ${weights.length} (${weights.map((weight) => weight.name).join(', ')})`;
    throw new WeightFileError(`Layer ${name} has ${weightNames.length} arrays; ${expected}.`);
  }
  return weights.map(({ name: array, shape }, j) => {
    const place = `${name}/${weightNames[j]}`;
    const dataset = group.get(weightNames[j] as string);
    if (!isDataset(dataset)) throw new WeightFileError(`Layer ${name} lists an array ${weightNames[j]} and lacks it.`);
    const found = dataset.shape ?? [];
    if (found.join() !== shape.join()) {
      const expected = `${layer.name} takes [${shape.join(', ')}] as its ${array}`;
      throw new WeightFileError(`Array ${place} has the shape [${found.join(', ')}]; ${expected}.`);
    }
    if (dataset.dtype !== '<f') {
      throw new WeightFileError(`Array ${place} has numbers of type ${String(dataset.dtype)}; it must be float32.`);
    }
    return { place, dataset, shape };
  });
}

/** HDF5's own memory never shrinks, so large arrays pass through it in slices of this many numbers. */
const sliceSize = 4 * 2 ** 20;

function read({ place, dataset, shape }: StoredArray): Float32Array {
  const [rows = 1, ...rest] = shape;
  const rowSize = rest.reduce((product, size) => product * size, 1);
  const step = Math.max(1, Math.floor(sliceSize / rowSize));
  const values = new Float32Array(rows * rowSize);
  try {
    for (let row = 0; row < rows; row += step) {
      const slice = dataset.slice([[row, Math.min(row + step, rows)], ...rest.map((): [] => [])]);
      values.set(slice as Float32Array, row * rowSize);
    }
  } catch (cause) {
    throw new WeightFileError(`Array ${place} cannot be read: ${reason(cause)}.`, { cause });
  }
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw new WeightFileError(`Array ${place} holds ${values[broken]} at ${broken}.`);
  return values;
}

function isGroup(entity: Entity | null): entity is Group {
  return entity instanceof h5wasm.Group;
}

function isDataset(entity: Entity | null): entity is Dataset {
  return entity instanceof h5wasm.Dataset;
}
