import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaseMs } from '../../core/request.ts';
import type { RunServices } from '../../requestor/run.ts';
import { run } from '../../requestor/run.ts';
import { TestProviders } from '../support/providers.ts';
import { addRequests, answerOf, runnable, start } from '../support/run.ts';
import { outcomeOf } from '../support/steps.ts';

/** Enough for every call that a run of these requests makes. */
const calls = 40;

describe('a run that vanishes', () => {
  it.each(['before', 'after'] as const)('at any call, %s it took effect, loses nothing', async (when) => {
    for (let call = 1; call <= calls; call++) {
      const { rows, services, options, add } = runnable();
      const requests = [...(await add('starter', 5)), ...(await add('vgg16', 2))];
      await untilDead(services, (dying) => run(dying, options), call, when);

      const later = { ...services, clock: () => start + leaseMs + 1 };
      await run(later, { ...options, owner: 'run-b' });
      const ends = await Promise.all(requests.map(({ id }) => rows.get(id)));
      expect(ends.map((end) => end?.status)).toEqual(requests.map(() => 'done'));
      expect(ends.map((end) => outcomeOf(end)?.predictions)).toEqual([0, 1, 2, 3, 4, 0, 1].map(answerOf));
    }
  });

  it('again and again, beside others whose clocks differ by minutes, does nothing twice and loses nothing', async () => {
    const minute = 60_000;
    const deaths = fc.array(
      fc.record({ call: fc.integer({ min: 1, max: calls }), skew: fc.integer({ min: -5, max: 5 }) }),
      {
        maxLength: 2,
      },
    );
    await fc.assert(
      fc.asyncProperty(deaths, async (runs) => {
        const { rows, objects, services, options } = runnable(new TestProviders(() => new Promise(setImmediate)));
        const requests = await addRequests({ rows, objects }, 'starter', 20);
        const answered: string[] = [];
        const counting = Object.assign(rows, {
          replace: async (...[before, after]: Parameters<typeof rows.replace>) => {
            const stored = await Object.getPrototypeOf(rows).replace.call(rows, before, after);
            if (stored === after && after.status === 'done') answered.push(after.id);
            return stored;
          },
        });
        for (const [i, { call, skew }] of runs.entries()) {
          const clock = () => start + i * (leaseMs + 10 * minute) + skew * minute;
          await untilDead(
            { ...services, rows: counting, clock },
            (dying) => run(dying, { ...options, owner: `run-${i}` }),
            call,
            'after',
          );
        }
        const clock = () => start + 10 * leaseMs;
        await run({ ...services, rows: counting, clock }, { ...options, owner: 'last' });
        expect(answered.sort()).toEqual(requests.map(({ id }) => id).sort());
      }),
      { numRuns: 60 },
    );
  });
});

/**
 * Lets `work` run until its n-th call of a port; from then on no call is made any more and none is answered, as when
 * the process is gone. Ends when the work has, or has died.
 */
async function untilDead(
  services: RunServices,
  work: (dying: RunServices) => Promise<unknown>,
  lastCall: number,
  when: 'before' | 'after',
): Promise<void> {
  const dead = Promise.withResolvers<void>();
  const forever = new Promise<never>(() => {});
  let made = 0;
  const dying = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          made++;
          const isLast = made === lastCall;
          if (isLast) dead.resolve();
          if (made > lastCall || (isLast && when === 'before')) return silent(name);
          const result = value.apply(target, args);
          if (!isLast) return result;
          return isStream(name) ? silent(name) : Promise.resolve(result).then(() => forever);
        };
      },
    });
  const silent = (name: string | symbol) => (isStream(name) ? stream(forever) : forever);
  const { rows, objects, providers } = services;
  const ended = work({ ...services, rows: dying(rows), objects: dying(objects), providers: dying(providers) });
  await Promise.race([ended, dead.promise]);
  // What was under way at the moment of death takes effect or not, and is over then.
  await new Promise(setImmediate);
}

const isStream = (name: string | symbol) => name === 'pending' || name === 'expired';

async function* stream(end: Promise<never>): AsyncGenerator<never> {
  yield await end;
}
