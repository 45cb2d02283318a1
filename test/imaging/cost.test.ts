import { beforeEach, describe, expect, it, vi } from 'vitest';
import { decode } from '../../imaging/decode.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { costlyImages } from '../support/costly-images.ts';
import { imageFile } from '../support/image-files.ts';

// The real one; it is asked whether it was called.
vi.mock(import('../../imaging/decode.ts'), { spy: true });

/** A photo of some 10 kB takes 2 ms or so; what is taken here may take 1 s, on any machine, before it is too much. */
const generous = 500;

describe('a file that was made to be costly', () => {
  let plain: number;
  beforeEach(async () => {
    vi.mocked(decode).mockClear();
    plain = await work(imageFile('colour-444.jpg'), 50);
    vi.mocked(decode).mockClear();
  });

  it.each(costlyImages())('$name: $outcome, with little work', async ({ bytes, outcome }) => {
    const result = await prepareImage(bytes, 16).catch(({ code }: { code: string }) => code);
    expect(typeof result === 'string' ? result : 'taken').toBe(outcome);
    expect(decode).toHaveBeenCalledTimes(outcome === 'taken' ? 1 : 0);
    expect(await work(bytes, 2)).toBeLessThan(generous * plain);
  });
});

/** Processor time of the process for preparing the image or refusing it, the least of some tries. */
async function work(bytes: Uint8Array, tries: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < tries; i++) {
    const before = process.cpuUsage();
    await prepareImage(bytes, 16).catch(() => undefined);
    const { user, system } = process.cpuUsage(before);
    times.push(user + system);
  }
  return Math.min(...times);
}
