import { describe, expect, it } from 'vitest';
import { Spending, termsOf } from '../../requestor/golem/spending.ts';

const price = { start: 0.01, cpuSecond: 0.001, second: 0.002 };
const engagement = (agreement: string) => ({ agreement, provider: '0xp', price, threads: 2 });

describe('Spending', () => {
  it('counts agreements in force by the most that they can have come to', () => {
    let now = 1_000;
    const spending = new Spending(() => now);
    spending.engaged(engagement('a'));
    expect(spending.total).toBeCloseTo(0.01);
    now += 10_000;
    expect(spending.total).toBeCloseTo(0.01 + 10 * (0.002 + 2 * 0.001));
  });

  it('counts the invoice in place of the estimate', () => {
    let now = 1_000;
    const spending = new Spending(() => now);
    spending.engaged(engagement('a'));
    spending.engaged(engagement('b'));
    now += 100_000;
    spending.paid('a', 0.03);
    expect(spending.total).toBeCloseTo(0.03 + 0.01 + 100 * 0.004);
    expect(spending.invoiced).toEqual({ glm: 0.03, invoices: 1 });
  });
});

describe('termsOf', () => {
  const properties = {
    'golem.com.usage.vector': ['golem.usage.duration_sec', 'golem.usage.cpu_sec'],
    'golem.com.pricing.model.linear.coeffs': [0.2, 0.1, 0.3],
    'golem.inf.cpu.threads': 4,
  };

  it('reads prices by the order of the usage vector, the start price last', () => {
    expect(termsOf(properties)).toEqual({ price: { start: 0.3, cpuSecond: 0.1, second: 0.2 }, threads: 4 });
  });

  it('takes what the offer does not price as free, and one thread for none', () => {
    const free = { 'golem.com.usage.vector': [], 'golem.com.pricing.model.linear.coeffs': [0] };
    expect(termsOf(free)).toEqual({ price: { start: 0, cpuSecond: 0, second: 0 }, threads: 1 });
  });

  it.each([
    {},
    { ...properties, 'golem.inf.cpu.threads': 'four' },
    { ...properties, 'golem.com.usage.vector': 'none' },
    { ...properties, 'golem.com.pricing.model.linear.coeffs': [0.2, -0.1, 0.3] },
    { ...properties, 'golem.com.pricing.model.linear.coeffs': ['a', 0.1, 0.3] },
  ])('gives nothing for an offer that makes no sense', (nonsense) => {
    expect(termsOf(nonsense)).toBeUndefined();
  });
});
