import { describe, expect, it } from 'vitest';
import { joined, nextRunAt, remembered, typicalSeconds } from '../../core/recent-runs.ts';
import { leaseMs } from '../../core/request.ts';

const runs = { lastStart: 1_000_000, period: 600_000, seconds: {} };

describe('the next run', () => {
  it('begins a period after the last one', () => {
    expect(nextRunAt(runs, 1_000_001)).toBe(1_600_000);
  });

  it('is due when that has passed, and unknown when it is overdue by more than a run can take', () => {
    expect(nextRunAt(runs, 1_600_000 + leaseMs)).toBe(1_600_000);
    expect(nextRunAt(runs, 1_600_001 + leaseMs)).toBeUndefined();
  });
});

describe('typical seconds', () => {
  const of = (...starter: number[]) => typicalSeconds({ ...runs, seconds: { starter } }, 'starter');

  it.each([
    [[9, 1, 5], 5],
    [[9, 1, 5, 6], 5.5],
    [[4, 4, 400, 4, 5], 4],
  ])('of %j are %d', (seconds, median) => {
    expect(of(...seconds)).toBe(median);
  });

  it('are unknown after fewer than three chunks', () => {
    expect(of()).toBeUndefined();
    expect(of(1, 2)).toBeUndefined();
    expect(typicalSeconds(runs, 'vgg16')).toBeUndefined();
  });
});

describe('the seconds of chunks', () => {
  it('are joined by model, the later ones last', () => {
    expect(joined({ starter: [1, 2], vgg16: [9] }, { starter: [3], vgg19: [8] })).toEqual({
      ...{ starter: [1, 2, 3], vgg16: [9], vgg19: [8] },
    });
  });

  it('are forgotten when there are too many, the earliest first', () => {
    const many = Array.from({ length: remembered }, (_, i) => i);
    expect(joined({ starter: many }, { starter: [100, 101] })).toEqual({ starter: [...many.slice(2), 100, 101] });
  });
});
