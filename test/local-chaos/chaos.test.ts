import { describe, expect, it } from 'vitest';
import { misbehaviour } from '../../local/chaos/misbehaviour.ts';
import { chaosOptions } from '../../local/chaos/options.ts';
import { brokenPromises, type Outcome } from '../../local/chaos/verdict.ts';
import { ANSWER_FAULTS } from '../../local/chaos/wrong-answers.ts';
import { Faults } from '../../local/golem/faults/plan.ts';

const providers = Array.from({ length: 10 }, (_, i) => `local-${i + 1}`);

describe('misbehaviour', () => {
  it('is the same for the same seed, and strikes at the share that was asked for', () => {
    expect(misbehaviour(7, 0.3, 10)).toEqual(misbehaviour(7, 0.3, 10));
    expect(misbehaviour(7, 0.3, 10)).not.toEqual(misbehaviour(8, 0.3, 10));
    const named = misbehaviour(7, 0.3, 10).rules.flatMap(({ providers: names = [] }) => names as string[]);
    expect(new Set(named).size).toBe(3);
    expect(misbehaviour(7, 0, 10).rules).toEqual([]);
  });

  it('is made of rules that the stand-in takes', () => {
    const calls = ['collectOffers', 'getInvoice', 'getDebitNote', 'getExecBatchResults', 'subscribeDemand'];
    const faults = new Faults({ providers, calls, faults: ANSWER_FAULTS });
    for (let seed = 0; seed < 100; seed++) expect(() => faults.set(misbehaviour(seed, 0.5, 10))).not.toThrow();
  });
});

describe('the verdict', () => {
  const kept: Outcome = {
    counts: {
      accepted: 3,
      done: 2,
      failed: 1,
      lost: 0,
      answeredTwice: 0,
      malformed: 0,
      falseClasses: 0,
      reasons: { bad_answer: 1 },
    },
    report: {
      processGroups: [],
      demands: ['of a killed run'],
      openAgreements: [],
      openActivities: [],
      openAllocations: ['of a killed run'],
      services: [],
      sockets: 0,
      wronglyBilled: [],
      unbilledByFault: ['by a fault'],
      unpaidInvoices: [],
      doublyPaid: [],
      agreements: 4,
      invoices: 3,
    },
    rules: [],
    completedTwice: 0,
    hangs: 0,
    leaked: [],
  };
  const cheat = { rule: { fault: 'answer-swapped' }, occasions: 1, strikes: 1 } as const;
  const broken = (change: Partial<Outcome>) =>
    Object.entries(brokenPromises({ ...kept, ...change })).flatMap(([name, count]) => (count > 0 ? [name] : []));

  it.each<[string[], Partial<Outcome>]>([
    [[], {}],
    [['lost'], { counts: { ...kept.counts, lost: 1 } }],
    [['answered twice'], { counts: { ...kept.counts, answeredTwice: 1 } }],
    [['answered twice'], { completedTwice: 1 }],
    [['malformed answers stored'], { counts: { ...kept.counts, malformed: 1 } }],
    [['false classes without a cheat'], { counts: { ...kept.counts, falseClasses: 1 } }],
    [[], { counts: { ...kept.counts, falseClasses: 1 }, rules: [cheat] }],
    [['failed without a reason'], { counts: { ...kept.counts, reasons: { none: 1 } } }],
    [['hangs'], { hangs: 1 }],
    [['leaked processes'], { leaked: [{ pid: 1, command: 'requestor/main.ts' }] }],
    [['leaked processes'], { report: { ...kept.report, processGroups: [1] } }],
    [['open agreements and activities'], { report: { ...kept.report, openAgreements: ['a'] } }],
    [['unpaid invoices'], { report: { ...kept.report, unpaidInvoices: ['i'] } }],
    [['doubly paid invoices'], { report: { ...kept.report, doublyPaid: ['i'] } }],
    [['wrongly billed agreements'], { report: { ...kept.report, wronglyBilled: ['a'] } }],
  ])('finds %j', (expected, change) => expect(broken(change)).toEqual(expected));
});

describe('the options', () => {
  it('have defaults, and a seed by chance', () => {
    expect(chaosOptions([])).toMatchObject({ requests: 200, faults: 0.3, killEvery: 20, providers: 8, lease: 40 });
    expect(chaosOptions(['--seed', '5', '--faults', '0'])).toMatchObject({ seed: 5, faults: 0 });
  });

  it.each([
    [['--faults', '2'], '--faults takes a number from 0 to 1'],
    [['--requests', '0'], '--requests takes a whole number from 1'],
    [['--lease', '5'], '--lease takes a whole number from 20'],
    [['--sed', '5'], '--sed'],
  ])('refuse %j', (args, words) => expect(() => chaosOptions(args)).toThrow(words));
});
