import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { encodeNetwork } from '../../golem-image/zoo/build.ts';
import { toBytes } from '../../golem-image/zoo/onnx/write.ts';
import { preprocessing } from '../../golem-image/zoo/preprocessing.ts';

test('a small network runs in onnxruntime', async () => {
  const bytes = toBytes(
    encodeNetwork(
      'tiny',
      (net) => {
        const input = net.input(8, preprocessing.tf);
        const conv = net.conv(input, 4, 3, { stride: 2, padding: 'same', activation: 'relu6' });
        const mixed = net.depthwiseConv(conv, 3, { padding: 'same', bias: false });
        const sum = net.add([conv, net.relu(net.batchNorm(mixed, 1e-3))]);
        return net.dense(net.globalAveragePool(sum), 5);
      },
      (_, __, shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
      'synthetic',
    ),
  );
  const session = await ort.InferenceSession.create(bytes);
  const images = new ort.Tensor('uint8', new Uint8Array(2 * 8 * 8 * 3).fill(255), [2, 8, 8, 3]);
  const { logits, probs } = await session.run({ images });
  expect(logits?.dims).toEqual([2, 5]);
  expect([...(probs?.data as Float32Array)]).toEqual(Array(10).fill(Math.fround(0.2)));
});
