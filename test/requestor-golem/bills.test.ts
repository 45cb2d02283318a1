import { expect, it } from 'vitest';
import { isFair } from '../../requestor/golem/bills.ts';

const now = Date.parse('2026-01-01T01:00:00Z');

/** An hour old: 0.5 GLM a start, 0.1 an hour, and 0.2 an hour of each of two threads. */
const agreement = {
  timestamp: '2025-12-31T00:00:00Z',
  approvedDate: '2026-01-01T00:00:00Z',
  offer: {
    properties: {
      'golem.com.usage.vector': ['golem.usage.duration_sec', 'golem.usage.cpu_sec'],
      'golem.com.pricing.model.linear.coeffs': [0.1 / 3600, 0.2 / 3600, 0.5],
      'golem.inf.cpu.threads': 2,
    },
  },
} as unknown as Parameters<typeof isFair>[1];

it.each([
  ['nothing', '0', 1, true],
  ['the most that can be due', '1', 1, true],
  ['a little more: clocks differ', '1.09', 1, true],
  ['more than that', '1.12', 1, false],
  ['a second start', '1.5', 2, true],
  ['more starts than anybody made', '3', 100, false],
  ['what is no number', 'much', 1, false],
])('a bill for %s', (_, amount, activities, fair) => {
  expect(isFair({ amount, activities }, agreement, now)).toBe(fair);
});

it('a bill under an agreement without prices is not fair', () => {
  const without = { ...agreement, offer: { properties: {} } } as typeof agreement;
  expect(isFair({ amount: '0.1', activities: 1 }, without, now)).toBe(false);
});

it('a bill for the first moment is fair up to what ten seconds cost, and a tenth more', () => {
  const perSecond = {
    'golem.com.usage.vector': ['golem.usage.duration_sec'],
    'golem.com.pricing.model.linear.coeffs': [1, 0],
  };
  const approved = { ...agreement, offer: { properties: perSecond } } as unknown as typeof agreement;
  const at = (amount: string) => isFair({ amount, activities: 1 }, approved, Date.parse('2026-01-01T00:00:00Z'));
  expect(at('11')).toBe(true);
  expect(at('11.000001')).toBe(false);
});
