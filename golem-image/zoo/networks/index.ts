import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { densenet } from './densenet.ts';
import { inceptionResnetV2 } from './inception-resnet-v2.ts';
import { inceptionV3 } from './inception-v3.ts';
import { nasnet } from './nasnet.ts';
import { resnet } from './resnet.ts';
import { resnetV2 } from './resnetv2.ts';
import { vgg } from './vgg.ts';
import { xception } from './xception.ts';

/** The sixteen networks, each drawn layer by layer; the last layer gives the logits. */
export const architectures = {
  densenet121: (net) => densenet(net, [6, 12, 24, 16]),
  densenet169: (net) => densenet(net, [6, 12, 32, 32]),
  densenet201: (net) => densenet(net, [6, 12, 48, 32]),
  resnet50: (net) => resnet(net, [3, 4, 6, 3]),
  resnet101: (net) => resnet(net, [3, 4, 23, 3]),
  resnet152: (net) => resnet(net, [3, 8, 36, 3]),
  resnet50v2: (net) => resnetV2(net, [3, 4, 6, 3]),
  resnet101v2: (net) => resnetV2(net, [3, 4, 23, 3]),
  resnet152v2: (net) => resnetV2(net, [3, 8, 36, 3]),
  vgg16: (net) => vgg(net, [2, 2, 3, 3, 3]),
  vgg19: (net) => vgg(net, [2, 2, 4, 4, 4]),
  nasnet_large: (net) => nasnet(net, { input: 331, stemFilters: 96, repeats: 6, filters: 168, skipsReduction: true }),
  nasnet_mobile: (net) => nasnet(net, { input: 224, stemFilters: 32, repeats: 4, filters: 44, skipsReduction: false }),
  xception,
  inception_v3: inceptionV3,
  inception_resnet_v2: inceptionResnetV2,
} as const satisfies Record<string, (net: Network) => Layer>;

export type ZooId = keyof typeof architectures;

export const zooIds = Object.keys(architectures) as ZooId[];

export function isZooId(id: string): id is ZooId {
  return Object.hasOwn(architectures, id);
}
