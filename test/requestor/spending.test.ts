import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DayBudget } from '../../core/day-budget.ts';
import type { Bill } from '../../requestor/golem/bills.ts';
import type { Contract } from '../../requestor/golem/contracts.ts';
import { formatGlm, weiOf } from '../../requestor/golem/glm.ts';
import { Spending } from '../../requestor/golem/spending.ts';
import { MemoryDayBudget } from '../support/memory-day-budget.ts';

const start = Date.parse('2026-11-24T12:00:00Z');
const today = '2026-11-24';
const price = { start: 0.01, cpuSecond: 0.001, second: 0.002 };
const engagement = (agreement: string) => ({ agreement, provider: '0xp', price, threads: 2 });

/** For 100 s: 0.01 + 110 x 0.004 and a tenth, 0.495 GLM at most. */
const contract: Contract = {
  isOurs: true,
  provider: '0xp',
  terms: { price, threads: 2 },
  approvedAt: start - 100_000,
  endedAt: start,
  expiresAt: start + 1_000_000,
};

let bills = 0;
const invoice = (agreement: string, amount: string, more: Partial<Bill> = {}): Bill => ({
  ...{ kind: 'invoice', id: `bill-${++bills}`, agreement, issuer: '0xp', amount, activities: ['x'] },
  ...more,
});
const debit = (agreement: string, amount: string, activity = 'x') =>
  invoice(agreement, amount, { kind: 'debit note', activities: [activity] });

function opened({ run = 1, day = 10, perAgreement = 1, budget = new MemoryDayBudget() as DayBudget } = {}) {
  const clock = { now: start };
  const limits = { run: weiOf(run), day: weiOf(day), perAgreement: weiOf(perAgreement), maxThreads: 4 };
  const spending = new Spending(() => clock.now, limits, budget);
  const pays = async (bill: Bill, changes: Partial<Contract> = {}) =>
    (await spending.judge(bill, { ...contract, ...changes })).pay;
  return { clock, spending, pays, budget, total: () => Number(formatGlm(spending.total)) };
}

describe('a run', () => {
  it('counts agreements in force by the most that they can have come to', () => {
    const { clock, spending, total } = opened();
    spending.engaged(engagement('a'));
    expect(total()).toBeCloseTo(0.01);
    clock.now += 10_000;
    expect(total()).toBeCloseTo(0.01 + 10 * (0.002 + 2 * 0.001));
  });

  it('counts the invoice in place of the estimate', async () => {
    const { clock, spending, pays, total } = opened();
    spending.engaged(engagement('a'));
    spending.engaged(engagement('b'));
    clock.now += 100_000;
    expect(await pays(invoice('a', '0.03'))).toBe(true);
    spending.paid('a', '0.03');
    expect(total()).toBeCloseTo(0.03 + 0.01 + 100 * 0.004);
    expect(spending.invoiced).toEqual({ glm: 0.03, invoices: 1 });
  });

  it('engages nobody when its budget is used up, or the day is, or nobody knows', async () => {
    const { spending, clock } = opened({ run: 0.02 });
    await spending.checkLeft();
    spending.engaged(engagement('a'));
    clock.now += 10_000;
    await expect(spending.checkLeft()).rejects.toThrow('The run has spent its budget of 0.02 GLM.');

    const budget = new MemoryDayBudget();
    await budget.spend(today, weiOf(3), weiOf(3));
    await expect(opened({ day: 3, budget }).spending.checkLeft()).rejects.toThrow('The budget of the day, 3 GLM, is');
    await opened({ day: 4, budget }).spending.checkLeft();

    await expect(opened({ budget: unreachable }).spending.checkLeft()).rejects.toThrow('no answer');
  });
});

describe('a bill is paid', () => {
  it('up to what was agreed on, however late it comes', async () => {
    const { pays, clock } = opened();
    clock.now += 30 * 86_400_000;
    expect(await pays(invoice('a', '0.49'))).toBe(true);
    expect(await pays(invoice('b', '0.5'))).toBe(false);
    expect(await pays(invoice('c', '0.4'), { terms: { price, threads: 1_000_000 } })).toBe(true);
    expect(await pays(invoice('d', '200'), { terms: { price, threads: 1_000_000 } })).toBe(false);
  });

  it.each(['-0.1', '-200', 'NaN', 'Infinity', '0.0000000000000000001', '1e999', ''])('never for %j', async (amount) => {
    const { spending, pays, budget } = opened();
    expect(await pays(invoice('a', amount))).toBe(false);
    expect(await pays(debit('a', amount))).toBe(false);
    expect(await budget.spent(today)).toBe(0n);
    expect(spending.refusals.billsRefused).toBe(2);
  });

  it('under an agreement of ours only, to its provider', async () => {
    const { pays } = opened();
    expect(await pays(invoice('a', '0.1'), { isOurs: false })).toBe(false);
    expect(await pays(invoice('a', '0.1', { issuer: '0xother' }))).toBe(false);
  });

  it('once for an agreement: invoices add up, of this run and of earlier ones', async () => {
    const { spending, pays } = opened();
    expect(await pays(invoice('a', '0.3'))).toBe(true);
    expect(await pays(invoice('a', '0.3'))).toBe(false);
    spending.remember(invoice('b', '0.3'));
    expect(await pays(invoice('b', '0.3'))).toBe(false);
  });

  it('with its debit notes counted once: they accumulate, and the invoice holds them', async () => {
    const { pays, budget } = opened();
    for (const amount of ['0.1', '0.2', '0.2']) expect(await pays(debit('a', amount))).toBe(true);
    expect(await pays(debit('a', '0.2', 'y'))).toBe(true);
    expect(await pays(debit('a', '0.3', 'z'))).toBe(false);
    expect(await pays(invoice('a', '0.45'))).toBe(true);
    expect(await budget.spent(today)).toBe(weiOf(0.45));
  });

  it('within what is left of the run, and of the day; the rest waits', async () => {
    const { spending, pays } = opened({ run: 0.5 });
    expect(await pays(invoice('a', '0.3'))).toBe(true);
    const verdict = await spending.judge(invoice('b', '0.3'), contract);
    expect(verdict).toMatchObject({ pay: false, isWrong: false });
    expect(await pays(invoice('c', '0.2'))).toBe(true);

    const later = opened({ day: 0.6, budget: new MemoryDayBudget() });
    expect(await later.pays(invoice('a', '0.3'))).toBe(true);
    const other = opened({ day: 0.6, budget: later.budget });
    expect(await other.spending.judge(invoice('b', '0.4'), contract)).toMatchObject({ pay: false, isWrong: false });
    expect(await other.pays(invoice('c', '0.3'))).toBe(true);
    other.clock.now += 86_400_000;
    expect(await other.pays(invoice('d', '0.4'))).toBe(true);
  });

  it('never while nobody knows what is left of the day', async () => {
    const { spending } = opened({ budget: unreachable });
    const verdict = await spending.judge(invoice('a', '0.1'), contract);
    expect(verdict).toMatchObject({ pay: false, isWrong: false, reason: expect.stringContaining('no answer') });
    expect(spending.total).toBe(0n);
  });

  it('out of a budget that gets it back when the daemon does not pay', async () => {
    const { spending, pays, budget } = opened({ run: 0.4 });
    const bill = invoice('a', '0.3');
    expect(await pays(bill)).toBe(true);
    await spending.refund('a');
    expect(await budget.spent(today)).toBe(0n);
    expect(await pays(invoice('b', '0.3'))).toBe(true);
  });

  it('by rules that no order of bills gets round', async () => {
    const amounts = fc.oneof(
      fc.double({ min: 0, max: 0.6, noNaN: true }).map((glm) => glm.toFixed(18)),
      fc.string(),
    );
    const bill = fc.record({
      agreement: fc.constantFrom('a', 'b', 'c', 'd'),
      amount: amounts,
      kind: fc.constantFrom('invoice' as const, 'debit note' as const),
      activities: fc.constantFrom(['x'], ['y'], []),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(bill, { maxLength: 30 }), async (asked) => {
        const { spending, pays, budget } = opened({ run: 0.9, day: 0.8, perAgreement: 0.4 });
        const paid = new Map<string, bigint>();
        await Promise.all(
          asked.map(async ({ agreement, amount, kind, activities }) => {
            if (!(await pays(invoice(agreement, amount, { kind, activities }))) || kind !== 'invoice') return;
            paid.set(agreement, (paid.get(agreement) ?? 0n) + weiOf(Number(amount)));
          }),
        );
        const slack = 1000n;
        for (const sum of paid.values()) expect(sum).toBeLessThanOrEqual(weiOf(0.4) + slack);
        const all = [...paid.values()].reduce((sum, wei) => sum + wei, 0n);
        expect(all).toBeLessThanOrEqual((await budget.spent(today)) + slack);
        expect(await budget.spent(today)).toBeLessThanOrEqual(weiOf(0.8));
        expect(spending.total).toBe(await budget.spent(today));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a refusal', () => {
  it('is none any more once its bill was paid after all', async () => {
    const budget = new MemoryDayBudget();
    await budget.spend(today, weiOf(9.9), weiOf(10));
    const { spending, pays } = opened({ budget });
    const bill = invoice('a', '0.3');
    expect(await pays(bill)).toBe(false);
    expect(spending.refusals).toMatchObject({ billsRefused: 1, refusals: [expect.stringContaining("day's budget")] });
    await budget.refund(today, weiOf(1));
    expect(await pays(bill)).toBe(true);
    expect(spending.refusals).toEqual({ billsRefused: 0, refusals: [] });
  });

  it('is recorded with its arithmetic, the first ones only', async () => {
    const { spending, pays } = opened();
    for (let i = 0; i < 30; i++) await pays(invoice('a', '13', { id: `i-${i}` }));
    const { billsRefused, refusals } = spending.refusals;
    expect(billsRefused).toBe(30);
    expect(refusals).toHaveLength(20);
    expect(refusals[0]).toBe(
      'invoice i-0 of 0xp, agreement a: 13 GLM, 13 for the whole agreement, is more than ' +
        '1 x 0.01 + 110 s x (0.002 + 2 threads x 0.001), and a tenth, = 0.495 GLM; at most 1 GLM per agreement',
    );
  });
});

describe('at its edges', () => {
  it('a run engages nobody once exactly its budget is spent', async () => {
    const { spending, pays } = opened({ run: 0.25 });
    expect(await pays(invoice('a', '0.25'))).toBe(true);
    await expect(spending.checkLeft()).rejects.toThrow('The run has spent its budget of 0.25 GLM.');
  });

  it('what a run has charged to the day counts once, and what it may still owe is added', async () => {
    const charged = opened({ day: 0.7 });
    expect(await charged.pays(invoice('a', '0.4'))).toBe(true);
    await charged.spending.checkLeft();

    const owing = opened({ day: 0.7 });
    await owing.budget.spend(today, weiOf(0.3), weiOf(10));
    owing.spending.engaged(engagement('a'));
    await owing.spending.checkLeft();
    owing.clock.now += 100_000;
    await expect(owing.spending.checkLeft()).rejects.toThrow('The budget of the day, 0.7 GLM, is spent.');
  });

  it('a bill for exactly what was agreed on is paid, and none for a hair more', async () => {
    expect(await opened().pays(invoice('a', '0.495'))).toBe(true);
    expect(await opened().pays(invoice('a', '0.495000000000000001'))).toBe(false);
  });

  it('a refused bill does not count against the next one', async () => {
    const { pays } = opened();
    expect(await pays(invoice('a', '0.6'))).toBe(false);
    expect(await pays(invoice('a', '0.4'))).toBe(true);
  });

  it('an invoice of this run that is remembered counts once', async () => {
    const { spending, pays } = opened();
    const bill = invoice('a', '0.3');
    expect(await pays(bill)).toBe(true);
    spending.remember(bill);
    expect(await pays(bill)).toBe(true);
    expect(await pays(invoice('a', '0.1'))).toBe(true);
  });

  it('a bill that asks for nothing needs nothing of a day that cannot be read', async () => {
    expect(await opened({ budget: unreachable }).pays(invoice('a', '0'))).toBe(true);
  });

  it.each([
    ['the agreement is none of ours', '0.1', { isOurs: false }],
    ['it comes from 0xp, not from 0xq', '0.1', { provider: '0xq' }],
    ['its agreement has no prices or dates that make sense', '0.1', { approvedAt: Number.NaN }],
    ["'a lot' is no amount of GLM", 'a lot', {}],
  ])('a bill is wrong because %s', async (reason, amount, changes) => {
    const { spending } = opened();
    const verdict = await spending.judge(invoice('a', amount), { ...contract, ...changes });
    expect(verdict).toEqual({ pay: false, reason, isWrong: true });
  });

  it('a bill waits when it is more than what is left of the run', async () => {
    const { spending, pays } = opened({ run: 0.5 });
    await pays(invoice('a', '0.3'));
    const reason = "0.4 GLM is more than the 0.2 GLM left of the run's budget";
    const verdict = await spending.judge(invoice('b', '0.4'), contract);
    expect(verdict).toEqual({ pay: false, reason, isWrong: false });
  });
});

const unreachable: DayBudget = {
  spent: () => Promise.reject(new Error('no answer')),
  spend: () => Promise.reject(new Error('no answer')),
  refund: () => Promise.reject(new Error('no answer')),
};
