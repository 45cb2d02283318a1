import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RequestRows } from '../../../core/ports.ts';
import { newRequest, newUpload } from '../../../core/request.ts';
import { newId } from '../../support/ids.ts';
import { MemoryRows } from '../../support/memory.ts';
import { stepsOn } from '../../support/steps.ts';
import { failure, type Given, outcome, start } from './given.ts';

/** Any sequence of steps, against the rows in memory. */
export function sequenceTests(given: Given): void {
  it('does what request.ts says, whatever happens to a request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 12 }), async (isUpload, steps) => {
        const model = new MemoryRows();
        const request = (isUpload ? newUpload : newRequest)(newId(), 'xception', start);
        await given.rows.add(request);
        await model.add(request);
        for (const [index, { action, owner, pause }] of steps.entries()) {
          const now = start + index * 10 + pause;
          const apply = actions[action];
          expect(await apply(given.rows, request.id, owner, now)).toEqual(await apply(model, request.id, owner, now));
          expect(await given.rows.get(request.id)).toEqual(await model.get(request.id));
        }
      }),
      { numRuns: 25 },
    );
  });
}

type Action = (rows: RequestRows, id: string, owner: string, now: number) => Promise<unknown>;

const actions = {
  claim: (rows, id, owner, now) => stepsOn(rows).claim(id, { owner, until: now + 15 }, now),
  complete: (rows, id, owner, now) => stepsOn(rows).complete(id, owner, outcome, now),
  fail: (rows, id, owner, now) => stepsOn(rows).fail(id, owner, failure, now),
  retry: (rows, id, owner, now) => stepsOn(rows).retry(id, owner, failure, now),
  release: (rows, id, owner) => stepsOn(rows).release(id, owner),
  recover: (rows, id, _owner, now) => stepsOn(rows).recover(id, now),
  uploaded: (rows, id, _owner, now) => stepsOn(rows).uploaded(id, now),
  failUpload: (rows, id, _owner, now) => stepsOn(rows).failUpload(id, failure, now),
  erase: (rows, id, _owner, now) => stepsOn(rows).erase(id, now),
} satisfies Record<string, Action>;

const step = fc.record({
  // Claims are as likely as all else together, so that most sequences get somewhere.
  action: fc.oneof(
    fc.constant('claim' as const),
    fc.constantFrom(
      'complete',
      'fail',
      'retry',
      'retry',
      'release',
      'recover',
      'uploaded',
      'uploaded',
      'failUpload',
      'erase',
    ),
  ) as fc.Arbitrary<keyof typeof actions>,
  owner: fc.constantFrom('run-a', 'run-a', 'run-b'),
  pause: fc.constantFrom(0, 0, 30),
});
