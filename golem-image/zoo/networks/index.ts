import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { vgg } from './vgg.ts';

const architectures = {
  vgg16: (net) => vgg(net, [2, 2, 3, 3, 3]),
  vgg19: (net) => vgg(net, [2, 2, 4, 4, 4]),
} as const satisfies Record<string, (net: Network) => Layer>;

export type ZooId = keyof typeof architectures;

export { architectures };
