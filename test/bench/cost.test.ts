import { expect, test } from 'vitest';
import { capacity, costOf, tiered, usual } from '../../bench/cost/model.ts';

test('a service that nobody uses costs its runs and its watching, and nothing by the prediction', () => {
  const { dollars, total, glm } = costOf(0);
  expect(glm).toBe(0);
  for (const name of ['HTTP API', 'Lambda', 'S3', 'DynamoDB', 'Data out to providers']) expect(dollars[name]).toBe(0);
  // 4380 runs of 90 s at 1 vCPU, 4 GB and an address.
  expect(dollars['Fargate, with its address']).toBeCloseTo(((4380 * 90) / 3600) * (0.04048 + 4 * 0.004445 + 0.005), 6);
  expect(total).toBeGreaterThan(10);
});

test('a million predictions are paid for by what each uses', () => {
  const { dollars, glm } = costOf(1e6);
  expect(dollars['HTTP API']).toBeCloseTo(4, 6);
  expect(dollars['Data out to providers']).toBeCloseTo(150.528 * 0.09, 6);
  expect(dollars.DynamoDB).toBeCloseTo(8 * 0.625 + 6 * 0.125 + 0.45, 6);
  expect(glm).toBeCloseTo(((1e6 / 16) * 20 * 0.5) / 3600, 6);
});

test('runs of six minutes, four providers and chunks of 20 s are enough for five million a month', () => {
  expect(capacity(360)).toBeCloseTo(4380 * 360 * 3.2, 0);
  expect(capacity(360, { ...usual, providers: 8 })).toBeGreaterThan(1e7);
});

test('prices that fall with the number fall for the images beyond each step', () => {
  const tiers = [
    { upTo: 10, each: 0 },
    { upTo: 100, each: 2 },
    { upTo: Number.POSITIVE_INFINITY, each: 1 },
  ];
  expect([5, 10, 60, 150].map((images) => tiered(images, tiers))).toEqual([0, 0, 100, 230]);
});
