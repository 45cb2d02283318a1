/**
 * What happens to a pixel before the first layer: (x - mean) / std per channel, x in 0..255. Mean and std are given
 * as R, G, B, also for networks that want the channels in the order B, G, R.
 */
export interface Preprocessing {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly channels: 'rgb' | 'bgr';
}

/** Keras' three modes (`keras.applications.imagenet_utils.preprocess_input`). */
export const preprocessing = {
  tf: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5], channels: 'rgb' },
  torch: {
    mean: [255 * 0.485, 255 * 0.456, 255 * 0.406],
    std: [255 * 0.229, 255 * 0.224, 255 * 0.225],
    channels: 'rgb',
  },
  caffe: { mean: [123.68, 116.779, 103.939], std: [1, 1, 1], channels: 'bgr' },
} as const satisfies Record<string, Preprocessing>;
