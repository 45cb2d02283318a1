import type { Family } from '../../core/catalogue.ts';

/** What a provider must have to run a family's largest network on a full chunk. */
export interface Needs {
  readonly memGib: number;
  readonly storageGib: number;
}

const small: Needs = { memGib: 1, storageGib: 2 };

export const needs: Record<Family, Needs> = {
  starter: small,
  densenet: { memGib: 2, storageGib: 2 },
  resnet: { memGib: 2, storageGib: 2 },
  resnetv2: { memGib: 2, storageGib: 2 },
  vgg: { memGib: 3, storageGib: 4 },
  nasnet: { memGib: 3, storageGib: 2 },
  inception: { memGib: 2, storageGib: 2 },
  inception_resnet_v2: { memGib: 2, storageGib: 2 },
};
