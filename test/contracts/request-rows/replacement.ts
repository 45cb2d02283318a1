import { expect, it } from 'vitest';
import { newRequest, newUpload, type PredictionRequest } from '../../../core/request.ts';
import { newId } from '../../support/ids.ts';
import { failure, type Given, outcome, start } from './given.ts';

/** Replacing one version of a request by the next. */
export function replacementTests(given: Given): void {
  it.each([
    ['uploading', newUpload(newId(), 'starter', start)],
    ['pending', newRequest(newId(), 'starter', start)],
    ['pending again', { ...newRequest(newId(), 'starter', start), lastAttempt: { startedAt: start, failure } }],
    ['running', running()],
    ['running again', { ...running(), lastAttempt: { startedAt: start - 5, failure } }],
    ['done', { ...ended(), status: 'done', startedAt: start + 1, outcome }],
    ['failed', { ...ended(), status: 'failed', startedAt: start + 1, failure }],
    ['failed before any run', { ...ended(), status: 'failed', failure }],
    ['erased', { ...newRequest(newId(), 'starter', start), status: 'erased', erasedAt: start + 5, cleared: true }],
  ] satisfies [string, PredictionRequest][])('keeps all of a request that is %s', async (_, request) => {
    const before = newRequest(request.id, 'starter', start);
    await given.rows.add(before);
    const after = { ...request, version: 2 };
    expect(await given.rows.replace(before, after)).toBe(after);
    expect(await given.rows.get(request.id)).toEqual(after);
  });

  it('keeps what another process has put in place meanwhile, and returns it', async () => {
    const before = await given.add();
    const first = { ...before, version: 2, attempts: 1 };
    await given.rows.replace(before, first);
    expect(await given.rows.replace(before, { ...before, version: 2, attempts: 2 })).toEqual(first);
    expect(await given.rows.get(before.id)).toEqual(first);
  });

  it('does not take an equal request of another process for its own', async () => {
    const before = await given.add();
    const after = { ...before, version: 2 };
    const results = await Promise.all([1, 2, 3].map(() => given.rows.replace(before, { ...after })));
    expect(results.filter((result) => result === undefined)).toEqual([]);
    const own = await given.rows.replace(before, after);
    expect(own).toEqual(after);
    expect(own).not.toBe(after);
  });

  it('does not store a request that is not there', async () => {
    const before = newRequest(newId(), 'starter', start);
    expect(await given.rows.replace(before, { ...before, version: 2 })).toBeUndefined();
    expect(await given.rows.get(before.id)).toBeUndefined();
  });
}

const running = () => ({
  ...newRequest(newId(), 'starter', start),
  ...{ status: 'running' as const, attempts: 1, startedAt: start + 1 },
  lease: { owner: 'run-a', until: start + 10 },
});

const ended = () => ({ ...newRequest(newId(), 'starter', start), completedAt: start + 9 });
