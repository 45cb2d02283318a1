import type { ZooId } from './networks/index.ts';

/** Where Keras publishes its ImageNet weights. */
export const officialUrl = 'https://storage.googleapis.com/tensorflow/keras-applications/';

export interface OfficialFile {
  /** Below `officialUrl`. */
  readonly path: string;
  readonly md5: string;
}

const kernels = '_weights_tf_dim_ordering_tf_kernels.h5';

/**
 * The published weights with their classifier; paths and MD5s as in `keras.applications`. An older ResNet50 file has
 * the same name and other contents, so the MD5 decides.
 */
export const officialFiles: { readonly [id in ZooId]: OfficialFile } = {
  densenet121: { path: `densenet/densenet121${kernels}`, md5: '9d60b8095a5708f2dcce2bca79d332c7' },
  densenet169: { path: `densenet/densenet169${kernels}`, md5: 'd699b8f76981ab1b30698df4c175e90b' },
  densenet201: { path: `densenet/densenet201${kernels}`, md5: '1ceb130c1ea1b78c3bf6114dbdfd8807' },
  resnet50: { path: `resnet/resnet50${kernels}`, md5: '2cb95161c43110f7111970584f804107' },
  resnet101: { path: `resnet/resnet101${kernels}`, md5: 'f1aeb4b969a6efcfb50fad2f0c20cfc5' },
  resnet152: { path: `resnet/resnet152${kernels}`, md5: '100835be76be38e30d865e96f2aaae62' },
  resnet50v2: { path: `resnet/resnet50v2${kernels}`, md5: '3ef43a0b657b3be2300d5770ece849e0' },
  resnet101v2: { path: `resnet/resnet101v2${kernels}`, md5: '6343647c601c52e1368623803854d971' },
  resnet152v2: { path: `resnet/resnet152v2${kernels}`, md5: 'a49b44d1979771252814e80f8ec446f9' },
  vgg16: { path: `vgg16/vgg16${kernels}`, md5: '64373286793e3c8b2b4e3219cbf3544b' },
  vgg19: { path: `vgg19/vgg19${kernels}`, md5: 'cbe5617147190e668d6c5d5026f83318' },
  nasnet_large: { path: 'nasnet/NASNet-large.h5', md5: '11577c9a518f0070763c2b964a382f17' },
  nasnet_mobile: { path: 'nasnet/NASNet-mobile.h5', md5: '020fb642bf7360b370c678b08e0adf61' },
  xception: { path: `xception/xception${kernels}`, md5: '0a58e3b7378bc2990ea3b43d5981f1f6' },
  inception_v3: { path: `inception_v3/inception_v3${kernels}`, md5: '9a0d58056eeedaa3f26cb7ebd46da564' },
  inception_resnet_v2: {
    path: `inception_resnet_v2/inception_resnet_v2${kernels}`,
    md5: 'e693bd0210a403b3192acc6073ad2e96',
  },
};
