import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunHistory } from '../../core/ports.ts';
import { remembered } from '../../core/recent-runs.ts';
import type { Backend } from '../support/backends.ts';

const start = 1_790_000_000_000;
const period = 600_000;

/** What every implementation of RunHistory must do. */
export function runHistoryContract(name: string, backend: () => Promise<Backend<RunHistory>>): void {
  describe(`${name} as RunHistory`, () => {
    let source: Backend<RunHistory>;

    beforeAll(async () => {
      source = await backend();
    }, 60_000);
    afterAll(() => source?.close());

    it('knows nothing before the first run, whatever was told of chunks', async () => {
      const history = await source.open();
      expect(await history.get()).toBeUndefined();
      await history.took({ starter: [1] });
      expect(await history.get()).toBeUndefined();
    });

    it('remembers the last start, beside what chunks took', async () => {
      const history = await source.open();
      await history.began(start, period);
      await history.took({ starter: [2.5] });
      await history.began(start + period, period);
      expect(await history.get()).toEqual({ lastStart: start + period, period, seconds: { starter: [2.5] } });
    });

    it('adds up what chunks took, by model, the latest last, and keeps so many', async () => {
      const history = await source.open();
      await history.began(start, period);
      await history.took({ starter: Array.from({ length: remembered }, (_, i) => i), vgg16: [7] });
      await history.took({ starter: [100.25], xception: [] });
      const { seconds } = (await history.get()) ?? {};
      expect(seconds?.vgg16).toEqual([7]);
      expect(seconds?.starter).toHaveLength(remembered);
      expect(seconds?.starter?.slice(0, 1)).toEqual([1]);
      expect(seconds?.starter?.at(-1)).toBe(100.25);
    });
  });
}
