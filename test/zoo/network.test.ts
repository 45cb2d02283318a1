import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { padsFor, slide } from '../../golem-image/zoo/geometry.ts';
import { kerasOrder } from '../../golem-image/zoo/keras-order.ts';
import { Network } from '../../golem-image/zoo/network.ts';
import { unchanged } from './run.ts';

function start(size = 8) {
  const net = new Network('test');
  return { net, x: net.input(size, unchanged) };
}

describe('shapes', () => {
  test('follow kernel, stride and padding', () => {
    const { net, x } = start(299);
    expect(net.conv(x, 32, 3, { stride: 2 }).shape).toEqual([149, 149, 32]);
    expect(net.conv(x, 32, 3, { stride: 2, padding: 'same' }).shape).toEqual([150, 150, 32]);
    expect(net.conv(x, 8, [1, 7]).shape).toEqual([299, 293, 8]);
    expect(net.depthwiseConv(x, 3).shape).toEqual([297, 297, 3]);
    expect(net.separableConv(x, 5, 3).shape).toEqual([297, 297, 5]);
    expect(net.zeroPad(x, [0, 1, 2, 3]).shape).toEqual([301, 303, 3]);
    expect(net.crop(x, [0, 1, 2, 3]).shape).toEqual([297, 295, 3]);
    expect(net.flatten(net.maxPool(x, 3, { stride: 2 })).shape).toEqual([149 * 149 * 3]);
    expect(net.concat([x, net.relu(x), net.conv(x, 4, 1)]).shape).toEqual([299, 299, 10]);
  });

  test('"same" divides what is missing, the larger half behind', () => {
    expect(padsFor('same', [147, 147], [3, 3], [2, 2])).toEqual([1, 1, 1, 1]);
    expect(padsFor('same', [74, 74], [3, 3], [2, 2])).toEqual([0, 0, 1, 1]);
    expect(padsFor('same', [17, 17], [1, 7], [1, 1])).toEqual([0, 3, 0, 3]);
    expect(padsFor('same', [9, 9], [1, 1], [2, 2])).toEqual([0, 0, 0, 0]);
  });

  test('"same" gives one output for every stride, and pads no more than it must', () => {
    const sizes = fc.integer({ min: 1, max: 400 });
    const small = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(sizes, small, small, (size, kernel, stride) => {
        const pads = padsFor('same', [size, size], [kernel, kernel], [stride, stride]);
        const [before, , after] = pads;
        expect(slide([size, size], [kernel, kernel], [stride, stride], pads)[0]).toBe(Math.ceil(size / stride));
        expect([0, 1]).toContain(after - before);
        expect(before + after).toBeLessThan(kernel);
      }),
    );
  });

  test('of weights are in the layout of Keras', () => {
    const { net, x } = start();
    const shapes = (layer: { weights: readonly { name: string; shape: readonly number[] }[] }) =>
      layer.weights.map(({ name, shape }) => `${name} ${shape.join('x')}`);
    expect(shapes(net.conv(x, 16, [3, 5]))).toEqual(['kernel 3x5x3x16', 'bias 16']);
    expect(shapes(net.conv(x, 16, 1, { bias: false }))).toEqual(['kernel 1x1x3x16']);
    expect(shapes(net.separableConv(x, 16, 3))).toEqual(['depthwise_kernel 3x3x3x1', 'pointwise_kernel 1x1x3x16']);
    expect(shapes(net.batchNorm(x, 1))).toEqual(['gamma 3', 'beta 3', 'moving_mean 3', 'moving_variance 3']);
    expect(shapes(net.batchNorm(x, 1, { gamma: false }))).toEqual(['beta 3', 'moving_mean 3', 'moving_variance 3']);
    expect(shapes(net.dense(net.globalAveragePool(x), 7))).toEqual(['kernel 3x7', 'bias 7']);
  });
});

describe('refuses', () => {
  test('to add what has different shapes', () => {
    const { net, x } = start();
    expect(() => net.add([x, net.conv(x, 4, 1, { name: 'four' })], 'sum')).toThrow(
      'test: sum cannot join input_layer [8, 8, 3] and four [8, 8, 4].',
    );
    expect(() => net.scaledAdd(x, net.conv(x, 4, 1), 0.1)).toThrow('cannot join');
  });

  test('to join planes of different size, or nothing', () => {
    const { net, x } = start();
    expect(() => net.concat([x, net.maxPool(x, 2, { stride: 2 })])).toThrow('cannot join');
    expect(() => net.concat([])).toThrow('nothing to join');
  });

  test('a window that is larger than the plane, and a crop of everything', () => {
    const { net, x } = start(4);
    expect(() => net.conv(x, 1, 5, { name: 'wide' })).toThrow('a window of 5x5 (wide) is too large for input_layer');
    expect(() => net.crop(x, [2, 0, 2, 0])).toThrow('nothing is left of input_layer');
  });

  test('features where a plane is needed, and a plane where features are', () => {
    const { net, x } = start();
    const features = net.globalAveragePool(x);
    expect(() => net.conv(features, 1, 1)).toThrow('not a picture');
    expect(() => net.dense(x, 10)).toThrow('dense needs features');
  });

  test('a name twice', () => {
    const { net, x } = start();
    net.conv(x, 1, 1, { name: 'conv' });
    expect(() => net.relu(x, 'conv')).toThrow('two layers named conv');
  });
});

describe("Keras' order", () => {
  test('is by distance to the output, and then by the order of arguments', () => {
    const { net, x } = start();
    const short = net.conv(x, 4, 1, { name: 'short' });
    const long = net.relu(net.conv(x, 4, 1, { name: 'long' }), 'active');
    const names = (first: typeof short, second: typeof short, sum: string) =>
      kerasOrder(net.add([first, second], sum)).map(({ name }) => name);
    expect(names(short, long, 'a')).toEqual(['input_layer', 'long', 'short', 'active', 'a']);
    expect(names(long, short, 'b')).toEqual(['input_layer', 'long', 'active', 'short', 'b']);
  });

  test('leaves out what does not lead to the output', () => {
    const { net, x } = start();
    const used = net.relu(x, 'used');
    net.relu(x, 'unused');
    expect(kerasOrder(used).map(({ name }) => name)).toEqual(['input_layer', 'used']);
  });

  test('layers without a name are named as in Keras', () => {
    const { net, x } = start();
    const named = [net.conv(x, 1, 1), net.conv(x, 1, 1, { name: 'mine' }), net.conv(x, 1, 1), net.batchNorm(x, 1)];
    expect(named.map(({ name }) => name)).toEqual(['conv2d', 'mine', 'conv2d_1', 'batch_normalization']);
  });
});
