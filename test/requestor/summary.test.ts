import { describe, expect, it } from 'vitest';
import type { PendingRequest } from '../../core/request.ts';
import { Tally } from '../../requestor/summary.ts';
import { type ChunkEnd, noRequests } from '../../requestor/work-on-chunk.ts';

const start = Date.UTC(2026, 10, 22, 12);
const end: ChunkEnd = {
  ...{ ...noRequests, claimed: 3, done: 3, model: 'starter', provider: '0xp', seconds: 2, reasons: [] },
  ...{ unreachable: false, budgetUsedUp: false },
};
const { provider: _, ...unanswered } = end;
const ended = { owner: '0123456789abcdef', endedAt: start + 90_000, stopped: false };

describe('the summary of a run', () => {
  it('of which nothing came is of noughts', () => {
    expect(new Tally(start).summary(ended)).toEqual({
      ...{ ...noRequests, run: '01234567', started_at: '2026-11-22T12:00:00.000Z', seconds: 90, stopped: false },
      ...{ recovered: 0, chunks: 0, providers: {}, reasons: [], invoices: 0, glm: 0 },
      ...{ bills_refused: 0, refusals: [], left_out: [], budget_used_up: false, errors: [] },
    });
  });

  it('adds up what happened to requests', () => {
    const tally = new Tally(start);
    const counts = {
      claimed: 8,
      done: 1,
      failed: 1,
      retried: 2,
      released: 1,
      lost: 2,
      stranded: 1,
      failed_attempts: 3,
    };
    tally.add({ ...end, ...counts });
    tally.add(end);
    expect(tally.summary(ended)).toMatchObject({ ...counts, claimed: 11, done: 4, chunks: 2 });
  });

  it('does not count chunks of which others had taken everything', () => {
    const tally = new Tally(start);
    tally.add({ ...unanswered, ...noRequests });
    expect(tally.summary(ended)).toMatchObject({ chunks: 0, providers: {} });
  });

  it('says who answered how many chunks in how long, and remembers that by model', () => {
    const tally = new Tally(start);
    tally.add(end);
    tally.add({ ...end, seconds: 3 });
    tally.add({ ...end, model: 'vgg16', provider: '0xq', seconds: 5 });
    tally.add({ ...unanswered, seconds: 99 });
    expect(tally.summary(ended).providers).toEqual({
      '0xp': { chunks: 2, seconds: 5 },
      '0xq': { chunks: 1, seconds: 5 },
    });
    expect(tally.chunkSeconds).toEqual({ starter: [2, 3], vgg16: [5] });
  });

  it('keeps each reason once, and the first twenty', () => {
    const tally = new Tally(start);
    const reasons = Array.from({ length: 21 }, (_, i) => `reason ${i}`);
    tally.add({ ...end, reasons: ['reason 0'] });
    tally.add({ ...end, reasons });
    expect(tally.summary(ended).reasons).toEqual(reasons.slice(0, 20));
  });

  it('says that the budget was used up if it was for one chunk', () => {
    const tally = new Tally(start);
    for (const budgetUsedUp of [false, true, false]) tally.add({ ...end, budgetUsedUp });
    expect(tally.summary(ended).budget_used_up).toBe(true);
  });

  it('tells requests of vanished runs that were put back from those that had their last attempt there', () => {
    const tally = new Tally(start);
    for (const status of ['pending', 'failed', 'pending']) tally.recover({ status } as PendingRequest);
    expect(tally.summary(ended)).toMatchObject({ recovered: 2, failed: 1, failed_attempts: 1 });
  });

  it('has the cost and the errors, whatever was thrown', () => {
    const tally = new Tally(start);
    tally.pay({ glm: 0.5, invoices: 3, billsRefused: 2, refusals: ['too much'], leftOut: ['0xq'] });
    tally.note(new Error('no table'));
    tally.note('no bucket');
    expect(tally.summary({ ...ended, stopped: true })).toMatchObject({
      ...{ glm: 0.5, invoices: 3, bills_refused: 2, refusals: ['too much'], left_out: ['0xq'] },
      ...{ stopped: true, errors: ['no table', 'no bucket'] },
    });
  });
});
