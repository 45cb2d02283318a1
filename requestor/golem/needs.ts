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
  starter: { memGib: 1, storageGib: 2 }, // 194 MiB; 19 MB
  densenet: { memGib: 1, storageGib: 2 }, // densenet201 360 MiB; 170 MB
  resnet: { memGib: 2, storageGib: 2 }, // resnet152 802 MiB; 521 MB
  resnetv2: { memGib: 2, storageGib: 2 }, // resnet152v2 806 MiB; 522 MB
  vgg: { memGib: 2, storageGib: 3 }, // vgg19 1073 MiB; 1128 MB
  nasnet: { memGib: 2, storageGib: 2 }, // nasnet_large 1018 MiB; 377 MB
  inception: { memGib: 1, storageGib: 2 }, // xception 434 MiB; 187 MB
  inception_resnet_v2: { memGib: 2, storageGib: 2 }, // 641 MiB; 223 MB
};
