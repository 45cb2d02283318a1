import { describe, expect, it } from 'vitest';
import { nextRunAt, typicalSeconds } from '../../core/recent-runs.ts';
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
