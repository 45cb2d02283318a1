import { describe, expect, it } from 'vitest';
import { within } from '../../requestor/golem/deadlines.ts';

const never = new Promise<string>(() => {});
const late = () => new Error('late');

describe('within', () => {
  it('gives what the work gives', async () => {
    expect(await within({ ms: 10_000, late, signal: new AbortController().signal }, Promise.resolve('done'))).toBe(
      'done',
    );
    await expect(within({ ms: 10_000 }, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('ends when the time is up', async () => {
    await expect(within({ ms: 1, late }, never)).rejects.toThrow('late');
  });

  it('ends when the signal is aborted, with its reason', async () => {
    const stop = new AbortController();
    const wait = within({ ms: 10_000, signal: stop.signal }, never);
    stop.abort(new Error('stopped'));
    await expect(wait).rejects.toThrow('stopped');
  });

  it('ends at once when the signal was aborted before', async () => {
    await expect(within({ signal: AbortSignal.abort(new Error('stopped')) }, never)).rejects.toThrow('stopped');
  });
});
