import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as life from '../../core/request.ts';

const start = 1_790_000_000_000;
const id = 'a'.repeat(56);
const failure = { code: 'provider_failed', message: 'The provider went away.' };
const outcome: life.Outcome = {
  predictions: [['n02124075', 'Egyptian_cat', 0.75]],
  weights: 'official',
  provider: '0xp',
};
const pending = life.newRequest(id, 'starter', start);
const lease = { owner: 'run-a', until: start + 10 };

function running(from: life.PredictionRequest = pending, now = start): life.RunningRequest {
  const claimed = life.claim(from, { ...lease, until: now + 10 }, now);
  if (!claimed) throw new Error('It cannot be claimed.');
  return claimed;
}

function failedOnce(): life.PendingRequest {
  return life.retry(running(), 'run-a', failure, start + 5) as life.PendingRequest;
}

describe('a sender', () => {
  it('is known for as long as the request is, where there is one', () => {
    for (const sender of ['a friend', undefined]) {
      const upload = life.newUpload(id, 'starter', start, sender);
      const accepted = life.uploaded(upload, start);
      const known = sender === undefined ? {} : { sender };
      const base = { ...known, id, model: 'starter', createdAt: start, attempts: 0, version: 1 };
      expect(upload).toStrictEqual({ ...base, status: 'uploading', uploadUntil: start + life.uploadMs });
      expect(accepted).toStrictEqual({ ...base, status: 'pending' });
      expect(life.newRequest(id, 'starter', start, sender)).toStrictEqual(accepted);
    }
  });
});

describe('a release', () => {
  it('leaves no trace of the claim', () => {
    expect(life.release(running(), 'run-a')).toEqual(pending);
    const before = failedOnce();
    expect(life.release(running(before, start + 20), 'run-a')).toEqual(before);
  });
});

describe('a claim', () => {
  it('remembers why the attempt before failed, and when it began', () => {
    expect(running(failedOnce(), start + 20)).toMatchObject({
      ...{ attempts: 2, startedAt: start + 20 },
      lastAttempt: { startedAt: start, failure },
    });
  });

  it('takes over a request whose lease has expired, as a failed attempt of its run', () => {
    const overdue = running();
    expect(life.claim(overdue, lease, start + 10)).toBeUndefined();
    expect(life.claim(overdue, { owner: 'run-b', until: start + 99 }, start + 11)).toMatchObject({
      ...{ attempts: 2, lease: { owner: 'run-b' } },
      lastAttempt: { startedAt: start, failure: life.leaseExpired },
    });
  });

  it('does not take over a request that had its last attempt', () => {
    const last = { ...running(), attempts: life.maxAttempts };
    expect(life.claim(last, { owner: 'run-b', until: start + 99 }, start + 11)).toBeUndefined();
  });
});

describe('any sequence of transitions', () => {
  const owner = fc.constantFrom('run-a', 'run-b');
  const transition = fc.oneof(
    owner.map((o) => (r: life.PredictionRequest, now: number) => life.claim(r, { owner: o, until: now + 15 }, now)),
    owner.map((o) => (r: life.PredictionRequest, now: number) => life.complete(r, o, outcome, now)),
    owner.map((o) => (r: life.PredictionRequest, now: number) => life.retry(r, o, failure, now)),
    owner.map((o) => (r: life.PredictionRequest) => life.release(r, o)),
    owner.map((o) => (r: life.PredictionRequest, now: number) => life.fail(r, o, failure, now)),
    fc.constant((r: life.PredictionRequest, now: number) => life.recover(r, now)),
    fc.constant((r: life.PredictionRequest, now: number) => life.uploaded(r, now)),
    fc.constant((r: life.PredictionRequest, now: number) => life.failUpload(r, failure, now)),
  );

  it('keeps who and what it is, counts attempts up to three, and never leaves an end', () => {
    const first = fc.constantFrom(pending, life.newUpload(id, 'starter', start));
    fc.assert(
      fc.property(first, fc.array(fc.tuple(transition, fc.integer({ min: 0, max: 20 }))), (request, steps) => {
        let [before, now]: [life.PredictionRequest, number] = [request, start];
        for (const [step, ms] of steps) {
          now += ms;
          const after: life.PredictionRequest | undefined = step(before, now);
          if (!after) continue;
          expect(['done', 'failed']).not.toContain(before.status);
          expect(after).toMatchObject({ id, model: 'starter', createdAt: start, version: 1 });
          expect(after.attempts).toBeGreaterThanOrEqual(0);
          expect(after.attempts).toBeLessThanOrEqual(life.maxAttempts);
          before = after;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('an upload', () => {
  const upload = life.newUpload(id, 'starter', start);

  it('has a quarter of an hour, the last millisecond included', () => {
    expect(upload.uploadUntil).toBe(start + 15 * 60_000);
    expect(life.asOf(upload, upload.uploadUntil)).toBe(upload);
    expect(life.uploaded(upload, upload.uploadUntil)).toEqual(pending);
    expect(life.uploaded(upload, upload.uploadUntil + 1)).toBeUndefined();
  });

  it('has failed when its time is over, at its end and in words for who asked', () => {
    expect(life.asOf(upload, upload.uploadUntil + 5000)).toEqual({
      ...{ ...pending, status: 'failed', completedAt: upload.uploadUntil },
      failure: {
        code: 'upload_expired',
        message: 'No image arrived within 15 minutes. Ask for a new upload and send the image again.',
      },
    });
  });

  it('stays what it is when it is not an upload any more', () => {
    expect(life.asOf(pending, start + life.uploadMs + 1)).toBe(pending);
  });
});

describe('a run that vanished', () => {
  it('is told to who asked, after three attempts', () => {
    const last = { ...running(), attempts: life.maxAttempts };
    expect(life.recover(last, start + 11)).toMatchObject({
      status: 'failed',
      failure: { code: 'lease_ran_out', message: 'The run that worked on this request ended without an answer.' },
    });
    expect(life.leaseMs).toBe(900_000);
  });
});

describe('an erased request', () => {
  const erased = life.erase(running(), start + 5);

  it('keeps nothing but what it is', () => {
    expect(erased).toEqual({ ...pending, status: 'erased', attempts: 1, erasedAt: start + 5, cleared: false });
    expect(erased && life.erase(erased, start + 6)).toBeUndefined();
  });

  it('is cleared once, and nothing else is', () => {
    const cleared = erased && life.clear(erased);
    expect(cleared).toEqual({ ...erased, cleared: true });
    expect(cleared && life.clear(cleared)).toBeUndefined();
    expect(life.clear(pending)).toBeUndefined();
  });
});

describe('the latest start', () => {
  it.each([
    ['uploading', life.newUpload(id, 'starter', start), undefined],
    ['pending', pending, undefined],
    ['pending again', failedOnce(), start],
    ['running', running(failedOnce(), start + 20), start + 20],
    ['done', life.complete(running(), 'run-a', outcome, start + 5), start],
    ['failed', life.fail(running(), 'run-a', failure, start + 5), start],
    ['failed before any run', life.failUpload(life.newUpload(id, 'starter', start), failure, start + 5), undefined],
  ] as const)('of a request that is %s', (_, request, expected) => {
    expect(request && life.lastStart(request)).toBe(expected);
  });
});
