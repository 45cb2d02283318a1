import { describe, expect, it } from 'vitest';
import { Admission } from '../../core/admission.ts';
import { findModel } from '../../core/catalogue.ts';
import { newRequest } from '../../core/request.ts';
import { newId } from '../support/ids.ts';
import { MemoryQuotas, MemoryRows } from '../support/memory.ts';

/** 24 November 2026, 23:00 UTC. */
const late = Date.UTC(2026, 10, 24, 23);
const starter = findModel('starter');

function setUp() {
  const rows = new MemoryRows();
  let now = late;
  let counted = 0;
  const counting = {
    waiting: (...args: Parameters<typeof rows.waiting>) => {
      counted++;
      return rows.waiting(...args);
    },
  };
  const services = { rows: counting, quotas: new MemoryQuotas(), clock: () => now };
  return {
    admission: new Admission(services, { backlog: 3, dailyRequests: 2 }),
    add: () => rows.add(newRequest(newId(), 'starter', now)),
    pass: (ms: number) => {
      now += ms;
    },
    counted: () => counted,
  };
}

describe('the backlog of a model', () => {
  it('is refused at its bound, with the number and when to come back', async () => {
    const { admission, add, pass } = setUp();
    await Promise.all([add(), add()]);
    await admission.checkBacklog(starter);
    await add();
    pass(5000);
    await expect(admission.checkBacklog(starter)).rejects.toMatchObject({
      code: 'queue_full',
      retryAfter: 600,
      message: expect.stringContaining('3 images wait for EfficientNet_Lite0'),
    });
    await admission.checkBacklog(findModel('vgg16'));
  });

  it('is counted once in five seconds, also by concurrent calls', async () => {
    const { admission, pass, counted } = setUp();
    await Promise.all([1, 2, 3].map(() => admission.checkBacklog(starter)));
    pass(4999);
    await admission.checkBacklog(starter);
    expect(counted()).toBe(1);
    pass(1);
    await admission.checkBacklog(starter);
    expect(counted()).toBe(2);
  });

  it('is counted again pass a count that failed', async () => {
    let fails = true;
    const rows = { waiting: async () => (fails ? Promise.reject(new Error('away')) : 0) };
    const services = { rows, quotas: new MemoryQuotas(), clock: () => late };
    const admission = new Admission(services, { backlog: 1, dailyRequests: 1 });
    await expect(admission.checkBacklog(starter)).rejects.toThrow('away');
    fails = false;
    await admission.checkBacklog(starter);
  });
});

describe('the quota of a sender', () => {
  it('is that of a whole day', async () => {
    const { admission, pass } = setUp();
    await admission.spend('a');
    pass(1_800_000);
    await admission.spend('a');
    pass(1_799_999);
    await expect(admission.spend('a')).rejects.toMatchObject({ code: 'quota_used_up', retryAfter: 1 });
  });

  it('ends for the day with its limit, and says when the next one begins', async () => {
    const { admission, pass } = setUp();
    await admission.spend('key');
    await admission.spend('key');
    await expect(admission.spend('key')).rejects.toMatchObject({
      code: 'quota_used_up',
      retryAfter: 3600,
      message: expect.stringContaining('2 images'),
    });
    await admission.spend('another key');
    pass(3_600_000);
    await admission.spend('key');
  });

  it("is nobody's without a key", async () => {
    const { admission } = setUp();
    for (let i = 0; i < 5; i++) await admission.spend(undefined);
  });
});
