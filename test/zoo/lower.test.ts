import { describe, expect, test } from 'vitest';
import type { Architecture } from '../../golem-image/zoo/build.ts';
import { lower } from '../../golem-image/zoo/lower/lower.ts';
import { Network } from '../../golem-image/zoo/network.ts';
import { preprocessing } from '../../golem-image/zoo/preprocessing.ts';
import { grey, run, table, unchanged } from './run.ts';

/** Picks the red channel, times `factor`. */
const red = (factor = 1) => [[factor, 0, 0]];
const identity = [[1, 0, 0, 0, 1, 0, 0, 0, 1]];
const nine = grey(1, 2, 3, 4, 5, 6, 7, 8, 9);

function operators(architecture: Architecture): string[] {
  const net = new Network('test');
  const output = architecture(net);
  return lower('test', output, net.layers, () => new Float32Array()).nodes.map(({ op }) => op);
}

describe('preprocessing inside the graph', () => {
  const pixel = [10, 100, 250];
  const through = (mode: keyof typeof preprocessing) =>
    run((net) => net.flatten(net.conv(net.input(1, preprocessing[mode]), 3, 1, { bias: false })), table(identity), [
      pixel,
    ]);

  test('tf: to -1..1', async () => {
    const { logits } = await through('tf');
    for (const [c, x] of pixel.entries()) expect(logits[c]).toBeCloseTo(x / 127.5 - 1, 6);
  });

  test('torch: by mean and deviation of ImageNet', async () => {
    const { logits } = await through('torch');
    expect(logits[0]).toBeCloseTo((10 / 255 - 0.485) / 0.229, 6);
    expect(logits[1]).toBeCloseTo((100 / 255 - 0.456) / 0.224, 6);
    expect(logits[2]).toBeCloseTo((250 / 255 - 0.406) / 0.225, 6);
  });

  test('caffe: blue first, only the mean taken off', async () => {
    const { logits } = await through('caffe');
    expect(logits[0]).toBeCloseTo(250 - 103.939, 4);
    expect(logits[1]).toBeCloseTo(100 - 116.779, 4);
    expect(logits[2]).toBeCloseTo(10 - 123.68, 4);
  });

  test('padding is zero after it', async () => {
    const draw: Architecture = (net) => net.flatten(net.conv(net.zeroPad(net.input(1, preprocessing.tf), 1), 1, 3, {}));
    const ones = Array<number>(27).fill(1);
    const { logits } = await run(draw, table([ones, [0]]), [grey(255)]);
    expect(logits).toEqual([3]);
  });

  test('refuses a first layer that could not do its share', () => {
    expect(() => operators((net) => net.globalAveragePool(net.input(4, preprocessing.tf)))).toThrow(
      'only convolutions',
    );
  });
});

describe('convolutions', () => {
  test('"same" with stride 2 puts the odd pixel at the bottom and right', async () => {
    const draw: Architecture = (net) =>
      net.flatten(net.conv(net.input(4, unchanged), 1, 3, { stride: 2, padding: 'same', bias: false }));
    const redOnes = Array.from({ length: 27 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const pixels = Array.from({ length: 16 }, (_, i) => i);
    const { logits } = await run(draw, table([redOnes]), [grey(...pixels)]);
    const sum = (rows: number[], columns: number[]) =>
      rows.flatMap((y) => columns.map((x) => 4 * y + x)).reduce((a, b) => a + b);
    expect(logits).toEqual([
      sum([0, 1, 2], [0, 1, 2]),
      sum([0, 1, 2], [2, 3]),
      sum([2, 3], [0, 1, 2]),
      sum([2, 3], [2, 3]),
    ]);
  });

  test('kernels are rows x columns, outputs in order', async () => {
    const draw: Architecture = (net) => {
      const x = net.conv(net.input(3, unchanged), 1, 1, { bias: false });
      return net.flatten(net.conv(x, 2, [1, 3], { bias: false }));
    };
    const { logits } = await run(draw, table(red(), [[1, 0, 10, 0, 100, 1]]), [nine]);
    expect(logits).toEqual([321, 3, 654, 6, 987, 9]);
  });

  test('depthwise and separable ones keep channels apart', async () => {
    const draw: Architecture = (net) => {
      const x = net.conv(net.input(2, unchanged), 3, 1, { bias: false });
      const each = net.depthwiseConv(x, 1, { bias: true });
      return net.flatten(net.separableConv(each, 2, 2));
    };
    const everywhere = Array.from({ length: 12 }, (_, i) => 10 ** (i % 3));
    const weights = table(identity, [[1, 2, 3], [0, 0, 1]], [everywhere, [1, 0, 1, 0, 0, 1]]); // biome-ignore format: a row a layer
    const { logits } = await run(draw, weights, [grey(1, 1, 1, 1)]);
    expect(logits).toEqual([4 * 1 + 4 * 20, 4 * 400]);
  });
});

describe('batch normalization', () => {
  const normalized = [[2], [0.5], [3], [4]];
  const expected = (x: number) => (2 * (x + 1 - 3)) / Math.sqrt(4 + 0.001) + 0.5;

  test('goes into the convolution before it', async () => {
    const draw: Architecture = (net) => net.flatten(net.batchNorm(net.conv(net.input(3, unchanged), 1, 1), 1e-3));
    expect(operators(draw)).not.toContain('BatchNormalization');
    const { logits } = await run(draw, table([...red(), [1]], normalized), [nine]);
    for (const [i, value] of logits.entries()) expect(value).toBeCloseTo(expected(i + 1), 5);
  });

  test('stays when something else needs what is before it', async () => {
    const draw: Architecture = (net) => {
      const x = net.conv(net.input(3, unchanged), 1, 1);
      return net.flatten(net.concat([x, net.batchNorm(x, 1e-3)]));
    };
    expect(operators(draw)).toContain('BatchNormalization');
    const { logits } = await run(draw, table([...red(), [1]], normalized), [nine]);
    for (let i = 0; i < 9; i++) {
      expect(logits[2 * i]).toBe(i + 2);
      expect(logits[2 * i + 1]).toBeCloseTo(expected(i + 1), 5);
    }
  });

  test('stays after an activation', () => {
    const draw: Architecture = (net) =>
      net.flatten(net.batchNorm(net.conv(net.input(3, unchanged), 1, 1, { activation: 'relu' }), 1e-3));
    expect(operators(draw)).toContain('BatchNormalization');
  });

  test('without gamma, after a separable convolution', async () => {
    const draw: Architecture = (net) => {
      const x = net.separableConv(net.conv(net.input(3, unchanged), 1, 1), 1, 1);
      return net.flatten(net.batchNorm(x, 0, { gamma: false }));
    };
    const { logits } = await run(draw, table([...red(), [0]], [[2], [3]], [[7], [6], [4]]), [nine]);
    for (const [i, value] of logits.entries()) expect(value).toBeCloseTo((6 * (i + 1) - 6) / 2 + 7, 5);
  });
});

describe('pools', () => {
  const negative: Architecture = (net) => net.conv(net.input(3, unchanged), 1, 1, { bias: false });

  test('zeros of a padding layer win over negative numbers', async () => {
    const draw: Architecture = (net) => net.flatten(net.maxPool(net.zeroPad(negative(net), 1), 3));
    const { logits } = await run(draw, table(red(-1)), [nine]);
    expect(logits).toEqual([0, 0, 0, 0, -1, 0, 0, 0, 0]);
  });

  test('zeros of a padding layer at one side only', async () => {
    const draw: Architecture = (net) =>
      net.flatten(net.maxPool(net.zeroPad(negative(net), [0, 0, 1, 1]), 2, { stride: 2 }));
    const { logits } = await run(draw, table(red(-1)), [nine]);
    expect(logits).toEqual([-1, 0, 0, 0]);
  });

  test('"same" padding never wins', async () => {
    const draw: Architecture = (net) => net.flatten(net.maxPool(negative(net), 3, { stride: 2, padding: 'same' }));
    const { logits } = await run(draw, table(red(-1)), [nine]);
    expect(logits).toEqual([-1, -2, -4, -5]);
  });

  test('a mean counts zeros of a padding layer, and no "same" padding', async () => {
    const mean =
      (padded: boolean): Architecture =>
      (net) => {
        const x = negative(net);
        return net.flatten(net.averagePool(padded ? net.zeroPad(x, 1) : x, 3, { padding: padded ? 'valid' : 'same' }));
      };
    const corner = 1 + 2 + 4 + 5;
    const counting = await run(mean(true), table(red()), [nine]);
    expect(counting.logits[0]).toBeCloseTo(corner / 9, 6);
    const skipping = await run(mean(false), table(red()), [nine]);
    expect(skipping.logits[0]).toBeCloseTo(corner / 4, 6);
  });

  test('a shift by one, zero at the far edge', async () => {
    const draw: Architecture = (net) => {
      const shifted = net.crop(net.zeroPad(negative(net), [0, 0, 1, 1]), [1, 1, 0, 0]);
      return net.flatten(net.averagePool(shifted, 1, { stride: 2 }));
    };
    const { logits } = await run(draw, table(red()), [nine]);
    expect(logits).toEqual([5, 0, 0, 0]);
  });

  test('padding that an addition has to see is really done', async () => {
    const draw: Architecture = (net) => {
      const padded = net.zeroPad(net.conv(net.input(1, unchanged), 1, 1, { bias: false }), [1, 0, 0, 0]);
      return net.flatten(net.add([padded, padded]));
    };
    const { logits } = await run(draw, table(red()), [grey(4)]);
    expect(logits).toEqual([0, 8]);
  });
});

test('a scaled branch is scaled once, bias included', async () => {
  const draw: Architecture = (net) => {
    const x = net.conv(net.input(1, unchanged), 1, 1, { bias: false });
    return net.flatten(net.scaledAdd(x, net.conv(x, 1, 1), 0.5));
  };
  const { logits } = await run(draw, table(red(), [[3], [8]]), [grey(10)]);
  expect(logits).toEqual([10 + 0.5 * (30 + 8)]);
});

test('a scaled branch that has no convolution of its own is refused', () => {
  const draw: Architecture = (net) => {
    const x = net.conv(net.input(1, unchanged), 1, 1);
    return net.flatten(net.scaledAdd(x, net.relu(x), 0.5));
  };
  expect(() => operators(draw)).toThrow('scaled branch');
});

test('activations clip at 0 and 6', async () => {
  const draw =
    (activation: 'relu' | 'relu6'): Architecture =>
    (net) => {
      const x = net.conv(net.input(3, unchanged), 1, 1);
      return net.flatten(activation === 'relu' ? net.relu(x) : net.relu6(x));
    };
  const weights = table([...red(2), [-4]]);
  expect((await run(draw('relu'), weights, [nine])).logits).toEqual([0, 0, 2, 4, 6, 8, 10, 12, 14]);
  expect((await run(draw('relu6'), weights, [nine])).logits).toEqual([0, 0, 2, 4, 6, 6, 6, 6, 6]);
});

test('a batch of images keeps its order, and probabilities sum up to one', async () => {
  const draw: Architecture = (net) => {
    const x = net.globalAveragePool(net.conv(net.input(2, unchanged), 1, 1, { bias: false }));
    return net.dense(net.dense(x, 2, { activation: 'relu' }), 2);
  };
  const weights = table(red(), [[1, -1], [0, 5]], [[1, 0, 0, 1], [0, 0.5]]); // biome-ignore format: a row a layer
  const { dims, logits, probs } = await run(draw, weights, [grey(1, 1, 3, 3), grey(0, 0, 0, 0), grey(8, 8, 8, 8)]);
  expect(dims).toEqual([3, 2]);
  expect(logits).toEqual([2, 3.5, 0, 5.5, 8, 0.5]);
  for (const i of [0, 2, 4]) expect((probs[i] ?? 0) + (probs[i + 1] ?? 0)).toBeCloseTo(1, 6);
});
