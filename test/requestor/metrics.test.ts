import { expect, test } from 'vitest';
import { newRequest } from '../../core/request.ts';
import { failedRunMetrics, maxCounted, readBacklog, runMetrics } from '../../requestor/metrics.ts';
import { newId } from '../support/ids.ts';
import { MemoryRows } from '../support/memory.ts';
import { aSummary } from '../support/summary.ts';

const installed = {
  starter: { sha256: 'a'.repeat(64), weights: 'official' },
  resnet50: { sha256: 'b'.repeat(64), weights: 'official' },
} as const;

test('what waits is counted by model, with the age of the oldest', async () => {
  const rows = new MemoryRows();
  for (const createdAt of [4000, 1000, 9000]) await rows.add(newRequest(newId(), 'starter', createdAt));
  expect(await readBacklog(rows, installed, 11_000)).toEqual([{ model: 'starter', pending: 3, seconds: 10 }]);
});

test('a long queue is not read to its end', async () => {
  let read = 0;
  async function* endless() {
    for (;;) yield newRequest(newId(), 'starter', read++);
  }
  const [backlog] = await readBacklog({ pending: endless }, { starter: installed.starter }, 5000);
  expect(backlog).toMatchObject({ pending: maxCounted, seconds: 5 });
  expect(read).toBe(maxCounted);
});

test('a run is one line for all, and one a model for which something waits', () => {
  const summary = aSummary({
    chunks: 2,
    claimed: 24,
    done: 20,
    failed_attempts: 4,
    glm: 0.25,
    bills_refused: 3,
    seconds: 33,
  });
  const [run, model, ...others] = runMetrics(summary, [{ model: 'starter', pending: 7, seconds: 60 }], 1234);
  expect(JSON.parse(run ?? '')).toMatchObject({
    ...{ RunSeconds: 33, RunErrors: 0, Chunks: 2, ChunkFill: 75, Attempts: 24, Done: 20, AttemptsThatFailed: 4 },
    ...{ GlmSpent: 0.25, BillsRefused: 3, BudgetUsed: 0, OldestPending: 60 },
  });
  expect(JSON.parse(model ?? '')).toEqual({
    _aws: {
      Timestamp: 1234,
      CloudWatchMetrics: [
        {
          Namespace: 'mlg',
          Dimensions: [['model']],
          Metrics: [
            { Name: 'Pending', Unit: 'Count' },
            { Name: 'PendingAge', Unit: 'Seconds' },
          ],
        },
      ],
    },
    ...{ model: 'starter', Pending: 7, PendingAge: 60 },
  });
  expect(others).toEqual([]);
});

test('each figure of a run has the unit that CloudWatch keeps it by', () => {
  const [run = ''] = runMetrics(aSummary({ chunks: 1 }), [], 0);
  const [{ Dimensions, Metrics }] = JSON.parse(run)._aws.CloudWatchMetrics;
  expect(Dimensions).toEqual([[]]);
  const byUnit = Map.groupBy(Metrics as { Name: string; Unit: string }[], ({ Unit }) => Unit);
  const names = (unit: string) => byUnit.get(unit)?.map(({ Name }) => Name);
  expect([...byUnit.keys()].sort()).toEqual(['Count', 'None', 'Percent', 'Seconds']);
  expect(names('Seconds')).toEqual(['RunSeconds', 'OldestPending']);
  expect(names('Percent')).toEqual(['ChunkFill']);
  expect(names('None')).toEqual(['GlmSpent']);
});

test('a run that came to nothing is one error', () => {
  const { _aws, ...values } = JSON.parse(failedRunMetrics(1234));
  expect(values).toEqual({ RunErrors: 1 });
  expect(_aws).toEqual({
    Timestamp: 1234,
    CloudWatchMetrics: [{ Namespace: 'mlg', Dimensions: [[]], Metrics: [{ Name: 'RunErrors', Unit: 'Count' }] }],
  });
});

test('a run tells that it left requests waiting for want of budget', () => {
  const [run = ''] = runMetrics(aSummary({ budget_used_up: true }), [], 0);
  expect(JSON.parse(run)).toMatchObject({ BudgetUsed: 1 });
});

test('a run that had nothing to do has no fill, and nothing is pending', () => {
  const [run = ''] = runMetrics(aSummary(), [], 0);
  expect(JSON.parse(run)).toMatchObject({ Chunks: 0, OldestPending: 0 });
  expect(JSON.parse(run)).not.toHaveProperty('ChunkFill');
});
