import { describe, expect, it } from 'vitest';
import { claim, newRequest, type PredictionRequest, release } from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';
import { newId } from '../support/ids.ts';
import { MemoryRows } from '../support/memory.ts';

const start = 1_790_000_000_000;
const lease = (owner: string) => ({ owner, until: start + 10 });

async function stored(): Promise<{ rows: MemoryRows; request: PredictionRequest }> {
  const rows = new MemoryRows();
  const request = newRequest(newId(), 'starter', start);
  await rows.add(request);
  return { rows, request };
}

describe('a step', () => {
  it('stores the next version, and returns it', async () => {
    const { rows, request } = await stored();
    const after = await takeStep(rows, request, (row) => claim(row, lease('a'), start));
    expect(after).toMatchObject({ status: 'running', version: 2 });
    expect(await rows.get(request.id)).toBe(after);
  });

  it('applies to the request as it is stored, when the caller knows an older version', async () => {
    const { rows, request } = await stored();
    const running = await takeStep(rows, request, (row) => claim(row, lease('a'), start));
    if (!running) throw new Error('The request was free.');
    await takeStep(rows, running, (row) => release(row, 'a'));
    const again = await takeStep(rows, request, (row) => claim(row, lease('b'), start + 1));
    expect(again).toMatchObject({ lease: { owner: 'b' }, attempts: 1, version: 4 });
  });

  it('changes nothing when its transition does not apply, or does not apply any more', async () => {
    const { rows, request } = await stored();
    expect(await takeStep(rows, request, (row) => release(row, 'a'))).toBeUndefined();
    expect(await rows.get(request.id)).toBe(request);
    const running = await takeStep(rows, request, (row) => claim(row, lease('a'), start));
    expect(await takeStep(rows, request, (row) => claim(row, lease('b'), start))).toBeUndefined();
    expect(await rows.get(request.id)).toBe(running);
  });

  it('does not apply to a request that is not stored', async () => {
    const rows = new MemoryRows();
    const request = newRequest(newId(), 'starter', start);
    expect(await takeStep(rows, request, (row) => claim(row, lease('a'), start))).toBeUndefined();
    expect(await rows.get(request.id)).toBeUndefined();
  });

  it('gives up when the request never stands still', async () => {
    const { request } = await stored();
    let version = 1;
    const restless = { replace: async () => ({ ...request, version: ++version }) };
    const step = takeStep(restless, request, (row) => claim(row, lease('a'), start));
    await expect(step).rejects.toMatchObject({
      ...{ fault: 'platform', code: 'contended_request' },
      message: 'The request changed 20 times during one step.',
    });
    expect(version).toBe(21);
  });
});
