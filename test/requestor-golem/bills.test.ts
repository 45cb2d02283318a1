import { describe, expect, it } from 'vitest';
import { amountOf, type BillLimits, boundOf, invoiceBill } from '../../requestor/golem/bills.ts';
import { type Contract, termsOf } from '../../requestor/golem/contracts.ts';
import { formatGlm, readGlm, weiOf } from '../../requestor/golem/glm.ts';

const minute = 60_000;
const approvedAt = Date.parse('2026-01-01T00:00:00Z');

/** 0.5 GLM a start, 0.1 an hour, and 0.2 an hour of each of two threads; ended after a minute. */
const contract: Contract = {
  isOurs: true,
  provider: '0xp',
  terms: { price: { start: 0.5, second: 0.1 / 3600, cpuSecond: 0.2 / 3600 }, threads: 2 },
  approvedAt,
  endedAt: approvedAt + minute,
  expiresAt: approvedAt + 30 * minute,
};
const limits: BillLimits = { maxThreads: 4, perAgreement: weiOf(10) };

/** GLM at most, `minutes` after the approval. */
function most(changes: Partial<Contract>, { activities = 1, minutes = 60, ...more } = {}): number | undefined {
  const bound = boundOf({ ...contract, ...changes }, activities, { ...limits, ...more }, approvedAt + minutes * minute);
  return bound && Number(formatGlm(bound.most));
}

/** By the prices above, with a tenth and ten seconds of tolerance. */
const agreed = (starts: number, seconds: number, threads: number) =>
  1.1 * (starts * 0.5 + ((seconds + 10) / 3600) * (0.1 + threads * 0.2));

describe('a bill can come to', () => {
  it('the time up to the termination, however much later it is sent', () => {
    for (const minutes of [1, 60, 24 * 60, 30 * 24 * 60])
      expect(most({}, { minutes })).toBeCloseTo(agreed(1, 60, 2), 9);
  });

  it('the time up to now while the agreement is in force, and never past its expiration', () => {
    const { endedAt: _, ...open } = contract;
    const at = (minutes: number) =>
      Number(formatGlm(boundOf(open, 1, limits, approvedAt + minutes * minute)?.most ?? -1n));
    expect(at(2)).toBeCloseTo(agreed(1, 120, 2), 9);
    expect(at(30 * 24 * 60)).toBeCloseTo(agreed(1, 1800, 2), 9);
    expect(most({ endedAt: approvedAt + 600 * minute }, { minutes: 700 })).toBeCloseTo(agreed(1, 1800, 2), 9);
  });

  it('no more threads than were demanded, whatever the offer says', () => {
    const terms = { price: contract.terms?.price ?? { start: 0, second: 0, cpuSecond: 0 }, threads: 1_000_000 };
    expect(most({ terms })).toBeCloseTo(agreed(1, 60, 4), 9);
  });

  it('ten seconds and a tenth more at its first moment', () => {
    const terms = { price: { start: 0, second: 1, cpuSecond: 0 }, threads: 1 };
    const bound = boundOf({ ...contract, terms }, 1, { ...limits, perAgreement: weiOf(100) }, approvedAt);
    expect(bound?.most).toBe(weiOf(11));
  });

  it('so many starts, one at least', () => {
    expect([0, 2, 100].map((activities) => most({}, { activities }))).toEqual(
      [1, 2, 3].map((starts) => expect.closeTo(agreed(starts, 60, 2), 9)),
    );
  });

  it('the cap of an agreement at most, and says how it came about', () => {
    const bound = boundOf(contract, 1, { ...limits, perAgreement: weiOf(0.2) }, approvedAt + minute);
    expect(bound?.most).toBe(weiOf(0.2));
    expect(bound?.arithmetic).toMatch(
      /^1 x 0.5 \+ 70 s x \(.* \+ 2 threads x .*\), and a tenth, = 0\.56069.* GLM; at most 0\.2 GLM/,
    );
  });

  it('nothing that can be said when its agreement has no prices or dates', () => {
    const { terms: _, ...priceless } = contract;
    expect(boundOf(priceless, 1, limits, approvedAt)).toBeUndefined();
    expect(most({ approvedAt: Number.NaN })).toBeUndefined();
    expect(most({ expiresAt: Number.NaN })).toBeUndefined();
  });
});

describe('an amount', () => {
  it.each([
    ['0', 0n],
    ['1', 10n ** 18n],
    ['0.000000000000000001', 1n],
    ['9007199254740993.000000000000000001', 9007199254740993000000000000000001n],
    ['1.100000000000000000000', 11n * 10n ** 17n],
    ['1e-7', 10n ** 11n],
    ['2.5E2', 250n * 10n ** 18n],
  ])('is read: %s', (text, wei) => {
    expect(readGlm(text)).toBe(wei);
  });

  it.each([
    '',
    '-1',
    '-0.5',
    '+1',
    'NaN',
    'Infinity',
    '1e999',
    '0x10',
    '1,5',
    ' 1',
    '.5',
    '1.',
    '0.0000000000000000001',
    'much',
  ])('is none: %j', (text) => {
    expect(readGlm(text)).toBeUndefined();
  });

  it('is written as it is read', () => {
    for (const text of ['0', '1', '0.5', '123.000000000000000001']) expect(formatGlm(readGlm(text) ?? -1n)).toBe(text);
  });
});

describe('terms', () => {
  const properties = {
    'golem.com.usage.vector': ['golem.usage.duration_sec', 'golem.usage.cpu_sec'],
    'golem.com.pricing.model.linear.coeffs': [0.2, 0.1, 0.3],
    'golem.inf.cpu.threads': 4,
  };

  it('are prices by the order of the usage vector, the start price last', () => {
    expect(termsOf(properties)).toEqual({ price: { start: 0.3, cpuSecond: 0.1, second: 0.2 }, threads: 4 });
  });

  it('take what the offer does not price as free, and one thread for none', () => {
    const free = { 'golem.com.usage.vector': [], 'golem.com.pricing.model.linear.coeffs': [0] };
    expect(termsOf(free)).toEqual({ price: { start: 0, cpuSecond: 0, second: 0 }, threads: 1 });
  });

  it.each([
    {},
    { ...properties, 'golem.com.usage.vector': 'none' },
    { ...properties, 'golem.com.pricing.model.linear.coeffs': [0.2, -0.1, 0.3] },
    { ...properties, 'golem.com.pricing.model.linear.coeffs': ['a', 0.1, 0.3] },
    { ...properties, 'golem.com.pricing.model.linear.coeffs': [1e300, 0.1, 0.3] },
    { ...properties, 'golem.inf.cpu.threads': 0 },
    { ...properties, 'golem.inf.cpu.threads': -4 },
    { ...properties, 'golem.inf.cpu.threads': 1.5 },
    { ...properties, 'golem.inf.cpu.threads': '4' },
  ])('are none in an offer that makes no sense', (nonsense) => {
    expect(termsOf(nonsense)).toBeUndefined();
  });
});

describe('a bill', () => {
  const invoice = { invoiceId: 'i', agreementId: 'a', issuerId: '0xp', amount: '1.5' } as Parameters<
    typeof invoiceBill
  >[0];
  const bill = { kind: 'invoice', id: 'i', agreement: 'a', issuer: '0xp', amount: '1.5' };

  it('is what the daemon says of an invoice, also of one without activities', () => {
    expect(invoiceBill({ ...invoice, activityIds: ['x', 'y'] })).toEqual({ ...bill, activities: ['x', 'y'] });
    expect(invoiceBill(invoice)).toEqual({ ...bill, activities: [] });
  });

  it('has an amount, or says in few words that it has none', () => {
    expect(amountOf(invoiceBill(invoice))).toBe(weiOf(1.5));
    expect(amountOf(invoiceBill({ ...invoice, amount: 'x'.repeat(99) }))).toBe(
      `'${'x'.repeat(40)}' is no amount of GLM`,
    );
  });
});
