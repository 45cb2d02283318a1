import { describe, expect, it } from 'vitest';
import { Faults } from '../../local/golem/faults/plan.ts';
import { HandRequestor } from './hand-requestor.ts';
import { golemFor } from './with-golem.ts';

const providers = Array.from({ length: 10 }, (_, i) => `local-${i + 1}`);

function faultsOf(plan: unknown): Faults {
  const faults = new Faults({ providers, calls: ['exec', 'getInvoice'], faults: ['answer-cut'] });
  faults.set(plan);
  return faults;
}

/** At which of so many occasions it strikes, from 1. */
function strikesAt(faults: Faults, occasions: number, provider: string | null = 'local-1', on = 'run'): number[] {
  return Array.from({ length: occasions }, (_, i) => i + 1).filter(() => faults.strikes('hang', provider, on));
}

describe('a rule', () => {
  it.each([
    ['always, without conditions', {}, [1, 2, 3, 4, 5]],
    ['at the n-th occasion', { nth: 3 }, [3]],
    ['so many times', { times: 2 }, [1, 2]],
    ['on the commands it names', { on: ['deploy', 'run'] }, [1, 2, 3, 4, 5]],
    ['not on others', { on: 'deploy' }, []],
    ['at the providers it names', { providers: ['local-1'] }, [1, 2, 3, 4, 5]],
    ['not at others', { providers: ['local-2'] }, []],
    ['never, with a share of 0', { share: 0 }, []],
  ])('strikes %s', (_, conditions, expected) => {
    expect(strikesAt(faultsOf([{ fault: 'hang', ...conditions }]), 5)).toEqual(expected);
  });

  it('counts occasions per provider', () => {
    const faults = faultsOf([{ fault: 'hang', nth: 2 }]);
    expect(strikesAt(faults, 1, 'local-1')).toEqual([]);
    expect(strikesAt(faults, 2, 'local-2')).toEqual([2]);
    expect(strikesAt(faults, 1, 'local-1')).toEqual([1]);
    expect(faults.counts().rules).toEqual([{ rule: { fault: 'hang', nth: 2 }, occasions: 4, strikes: 2 }]);
  });

  it('strikes at a share of the occasions, the same ones for the same seed', () => {
    const struck = (seed: number) => strikesAt(faultsOf({ seed, rules: [{ fault: 'hang', share: 0.3 }] }), 1000);
    expect(struck(1)).toEqual(struck(1));
    expect(struck(1)).not.toEqual(struck(2));
    expect(struck(1).length).toBeGreaterThan(250);
    expect(struck(1).length).toBeLessThan(350);
  });

  it('strikes at a share of the providers, the same ones for the same seed', () => {
    const struck = (seed: number) => {
      const faults = faultsOf({ seed, rules: [{ fault: 'hang', providers: 0.3 }] });
      return providers.filter((name) => faults.strikes('hang', name, 'run'));
    };
    expect(struck(1)).toHaveLength(3);
    expect(struck(1)).toEqual(struck(1));
    expect(new Set([1, 2, 3, 4].map((seed) => struck(seed).join())).size).toBeGreaterThan(1);
  });
});

describe('rules that are wrong', () => {
  const wrong: [unknown, string][] = [
    ['nonsense', 'faults:'],
    [{ rules: {} }, 'faults: rules must be a list of rules'],
    [[{ fault: 'gremlins' }], 'faults: rules.0.fault must be one of no-offers, '],
    [[{ fault: 'hang' }, { fault: 'hang', onn: 'run' }], 'faults: rules.1.onn is not known'],
    [
      [{ fault: 'hang', on: 'fly' }],
      'faults: rules.0: hang strikes on deploy, start, run, upload, download, not on fly',
    ],
    [[{ fault: 'no-invoice', on: 'run' }], 'faults: rules.0: no-invoice takes no on'],
    [[{ fault: 'call-fails', on: 'getMoon' }], 'not on getMoon'],
    [[{ fault: 'hang', providers: ['moon'] }], 'faults: rules.0: there is no provider moon'],
    [[{ fault: 'hang', providers: 1.5 }], 'faults: rules.0.providers must be'],
    [[{ fault: 'hang', share: -1 }], 'faults: rules.0.share must be from 0 to 1'],
    [[{ fault: 'hang', nth: 0 }], 'faults: rules.0.nth must be at least 1'],
    [[{ fault: 'hang', seconds: 3 }], 'faults: rules.0: hang takes no seconds'],
    [[{ fault: 'call-fails', status: 200 }], 'faults: rules.0.status must be 400 to 599'],
  ];

  it.each(wrong)('are named: %j', (plan, message) => {
    expect(() => faultsOf(plan)).toThrow(message);
  });

  it('are refused at the start, and leave nothing behind', async () => {
    await expect(golemFor({ faults: [{ fault: 'hang', on: 'fly' }] })).rejects.toThrow('not on fly');
  });
});

it('faults are set and counted over HTTP, and a wrong plan changes nothing', async () => {
  const requestor = new HandRequestor(await golemFor({ faults: [{ fault: 'no-offers', times: 1 }] }));
  expect(await requestor.events(await requestor.demand())).toEqual([]);
  expect(await requestor.get('GET', '/stand-in/faults')).toEqual({
    seed: 1,
    rules: [{ rule: { fault: 'no-offers', times: 1 }, occasions: 1, strikes: 1 }],
  });
  const wrong = await requestor.call('PUT', '/stand-in/faults', [{ fault: 'gremlins' }]);
  expect(wrong).toMatchObject({ status: 400, json: { message: expect.stringContaining('rules.0.fault') } });
  const set = await requestor.get('PUT', '/stand-in/faults', { seed: 7, rules: [{ fault: 'hang', on: 'run' }] });
  expect(set).toEqual({ seed: 7, rules: [{ rule: { fault: 'hang', on: 'run' }, occasions: 0, strikes: 0 }] });
  expect(await requestor.events(await requestor.demand())).toHaveLength(1);
});
