import type { Family } from '../../core/catalogue.ts';

/** What a provider must have to run a family's largest network on a full chunk. */
export interface Needs {
  readonly memGib: number;
  readonly storageGib: number;
}

/**
 * Memory: the measured peak of classify on 16 images, which the comment names, and half a GiB for the system, rounded up.
 * Storage: the family's ONNX files and a GiB for the system and the program, rounded up. See docs/benchmarks.md.
 */
export const needs: Readonly<Record<Family, Needs>> = {
  starter: { memGib: 1, storageGib: 2 }, // 271 MiB; 19 MB
  densenet: { memGib: 1, storageGib: 2 }, // densenet201 485 MiB; 170 MB
  resnet: { memGib: 2, storageGib: 2 }, // resnet152 797 MiB; 521 MB
  resnetv2: { memGib: 2, storageGib: 2 }, // resnet152v2 848 MiB; 522 MB
  vgg: { memGib: 2, storageGib: 3 }, // vgg19 1234 MiB; 1128 MB
  nasnet: { memGib: 3, storageGib: 2 }, // nasnet_large 1716 MiB; 377 MB
  inception: { memGib: 2, storageGib: 2 }, // xception 905 MiB; 187 MB
  inception_resnet_v2: { memGib: 2, storageGib: 2 }, // 707 MiB; 223 MB
};
