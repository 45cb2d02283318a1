import type { Layer } from './layer.ts';

/**
 * The layers that lead to `output`, in the order of `model.layers` in Keras: by falling distance to the output
 * (longest path), and at one distance in the order in which a depth-first walk from the output first meets them.
 * Weight files list layers in this order, and are read by position alone.
 */
export function kerasOrder(output: Layer): Layer[] {
  const { met, finished } = walk(output);
  const depths = depthsOf(finished);
  const depth = (layer: Layer) => depths.get(layer) ?? 0;
  return [...met].sort((a, b) => depth(b) - depth(a));
}

/** Those of `kerasOrder` that have weights. */
export function weightedLayers(output: Layer): Layer[] {
  return kerasOrder(output).filter(({ weights }) => weights.length > 0);
}

/** Layers as a depth-first walk first meets them, and as it leaves them. */
function walk(output: Layer) {
  const met = new Set<Layer>();
  const finished: Layer[] = [];
  const visit = (layer: Layer) => {
    if (met.has(layer)) return;
    met.add(layer);
    layer.inputs.forEach(visit);
    finished.push(layer);
  };
  visit(output);
  return { met, finished };
}

/** Longest path to the output, found by going through `finished` backwards: users before their inputs. */
function depthsOf(finished: readonly Layer[]): Map<Layer, number> {
  const depths = new Map<Layer, number>();
  for (const layer of finished.toReversed()) {
    const depth = depths.get(layer) ?? 0;
    for (const input of layer.inputs) depths.set(input, Math.max(depths.get(input) ?? 0, depth + 1));
  }
  return depths;
}
