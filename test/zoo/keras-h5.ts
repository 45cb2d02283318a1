import h5wasm, { type Group } from 'h5wasm/node';
import type { WeightedLayer } from '../../golem-image/zoo/build.ts';
import type { Weights } from '../../golem-image/zoo/layer.ts';

export interface LayerGroup {
  readonly name: string;
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array }[];
}

export interface Layout {
  /** A group between the root and the layers, as in a whole saved model. */
  readonly below?: string;
  /** Names are stored in pieces of this many, as Keras does with lists over 64 kB. */
  readonly namesAPiece?: number;
}

/** Writes layers as Keras' legacy HDF5 writer does. */
export async function writeKerasFile(path: string, layers: readonly LayerGroup[], layout: Layout = {}): Promise<void> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, 'w');
  try {
    const root = layout.below ? file.create_group(layout.below) : file;
    writeNames(root, 'layer_names', layers.map(({ name }) => name), layout); // biome-ignore format: one list, one line
    for (const { name, arrays } of layers) {
      const group = nested(root, name.split('/'));
      writeNames(group, 'weight_names', arrays.map((array) => `${name}/${array.name}`), layout); // biome-ignore format: one list, one line
      const inner = arrays.length > 0 ? nested(group, name.split('/')) : group;
      for (const array of arrays) inner.create_dataset({ ...array, shape: [...array.shape], dtype: '<f' });
    }
  } finally {
    file.close();
  }
}

/** The weighted layers of a network with their numbers, some weightless ones between, under other names. */
export function layerGroups(layers: readonly WeightedLayer[], weights: Weights): LayerGroup[] {
  return layers.flatMap(({ weights: arrays }, k) => [
    { name: `activation_${k}`, arrays: [] },
    {
      name: `old_name_${k}`,
      arrays: arrays.map(({ name, shape }, j) => ({ name: `${name}:0`, shape, data: weights(k, j, shape) })),
    },
  ]);
}

function nested(parent: Group, path: readonly string[]): Group {
  return path.reduce((group, name) => {
    const found = group.get(name);
    return found instanceof h5wasm.Group ? found : group.create_group(name);
  }, parent);
}

function writeNames(group: Group, name: string, names: readonly string[], { namesAPiece }: Layout): void {
  if (names.length === 0) {
    group.create_attribute(name, new Float64Array(0), [0], '<d');
    return;
  }
  if (namesAPiece === undefined) {
    group.create_attribute(name, [...names]);
    return;
  }
  for (let i = 0; i * namesAPiece < names.length; i++) {
    group.create_attribute(`${name}${i}`, names.slice(i * namesAPiece, (i + 1) * namesAPiece));
  }
}
