import { beforeAll, describe, expect, it } from 'vitest';
import { statusOf } from '../../functions/http/refusals.ts';
import { type BadFile, badFiles } from '../support/bad-files.ts';
import { post, useService } from '../support/service.ts';
import { askForUpload, postFile, readWhen } from '../support/uploads.ts';

const files = await badFiles();
/** ms; of a call over HTTP, or of taking an upload in. */
const longest = 500;
/** How many may take longer, because the machine had something else to do. */
const outliers = 3;
/** Of the whole process, with its functions and emulators: what it may keep of all files together, bytes. */
const kept = 100 * 2 ** 20;

/** What S3 itself refuses, before anyone looks into the file. */
const refusedByS3: Partial<Record<BadFile['outcome'], string>> = {
  empty_image: 'EntityTooSmall',
  too_large: 'EntityTooLarge',
};

describe(`${files.length} bad files at the running service`, () => {
  const service = useService();

  beforeAll(async () => {
    // Loads the function.
    await post(service.url, 'starter', new Uint8Array());
  });

  it('get the right answer over HTTP, each within half a second', async () => {
    const slow: string[] = [];
    for (const { name, bytes, outcome } of files) {
      const start = performance.now();
      const response = await post(service.url, 'starter', bytes);
      const answer = (await response.json()) as { reason?: string };
      const ms = performance.now() - start;
      if (ms > longest) slow.push(`${name}: ${Math.round(ms)} ms`);
      const status = outcome === 'taken' ? 202 : statusOf[outcome];
      expect([name, response.status, answer.reason]).toEqual([
        name,
        status,
        outcome === 'taken' ? undefined : expect.any(String),
      ]);
    }
    expect(slow.length, slow.join(', ')).toBeLessThanOrEqual(outliers);
  });

  it('end as they should when they are uploaded, each within half a second', async () => {
    for (const { name, bytes, outcome } of files) {
      const asked = await askForUpload(service.url, 'starter');
      const posted = await postFile(asked.upload, bytes, 'image/jpeg');
      const code = refusedByS3[outcome];
      if (code) {
        expect([name, posted.status, await posted.text()]).toEqual([
          name,
          400,
          expect.stringContaining(`<Code>${code}<`),
        ]);
        continue;
      }
      expect([name, posted.status]).toEqual([name, 204]);
      const answer = await readWhen(service.url, asked.req_id, ({ status }) => status !== 'uploading');
      const wanted = outcome === 'taken' ? ['pending', undefined] : ['failed', outcome];
      expect([name, answer.status, answer.error?.code]).toEqual([name, ...wanted]);
    }
    const times = service.lines.flatMap(
      (line) => /"message":"upload (?:pending|failed)".*"ms":(\d+)/.exec(line)?.[1] ?? [],
    );
    expect(times.length).toBe(files.filter(({ outcome }) => !refusedByS3[outcome]).length);
    expect(times.map(Number).filter((ms) => ms > longest).length).toBeLessThanOrEqual(outliers);
  });

  it('leave the memory as it was', async () => {
    const round = async () => {
      for (const { bytes } of files) await (await post(service.url, 'starter', bytes)).arrayBuffer();
    };
    await round();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 3; i++) await round();
    expect(process.memoryUsage().rss - before).toBeLessThan(kept);
  });

  it('crash nothing', () => {
    expect(
      service.lines.filter((line) => /crashed|could not be (served|loaded|taken)|"level":"ERROR"/.test(line)),
    ).toEqual([]);
  });
});
