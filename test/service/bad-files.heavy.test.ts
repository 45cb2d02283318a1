import { beforeAll, describe, expect, it } from 'vitest';
import { statusOf } from '../../functions/http/refusals.ts';
import { type BadFile, badFiles } from '../support/bad-files.ts';
import { post, useService } from '../support/service.ts';
import { askForUpload, postFile, readWhen } from '../support/uploads.ts';

const files = await badFiles();
// Of the whole process, with its functions and emulators.
/** Processor time that one file may take, ms: what else the machine does takes the clock's time, but hardly this. */
const longest = 500;
/** How often a file that took longer is tried: what costs too much does so each time, a collection of garbage not. */
const tries = 3;
/** What it may keep of all files together, bytes. */
const kept = 100 * 2 ** 20;

/** What S3 itself refuses, before anyone looks into the file. */
const refusedByS3: Partial<Record<BadFile['outcome'], string>> = {
  empty_image: 'EntityTooSmall',
  too_large: 'EntityTooLarge',
};

describe(`${files.length} bad files at the running service`, () => {
  const service = useService();

  beforeAll(async () => {
    // Loads the functions.
    await post(service.url, 'starter', new Uint8Array());
    await upload(Buffer.from('hello'));
  });

  it('get the right answer over HTTP, each for less than half a second of work', async () => {
    for (const { name, bytes, outcome } of files) {
      const { reason, status, ms } = await worked(async () => {
        const response = await post(service.url, 'starter', bytes);
        const { reason } = (await response.json()) as { reason?: string };
        return { reason, status: response.status };
      });
      const wanted = outcome === 'taken' ? [202, undefined] : [statusOf[outcome], expect.any(String)];
      expect([name, status, reason]).toEqual([name, ...wanted]);
      expect(ms, name).toBeLessThan(longest);
    }
  });

  it('end as they should when they are uploaded, each for less than half a second of work', async () => {
    for (const { name, bytes, outcome } of files) {
      const { status, reason, ms } = await worked(() => upload(bytes));
      const code = refusedByS3[outcome];
      const failed = code ? [400, expect.stringContaining(`<Code>${code}<`)] : ['failed', outcome];
      const wanted = outcome === 'taken' ? ['pending', undefined] : failed;
      expect([name, status, reason]).toEqual([name, ...wanted]);
      expect(ms, name).toBeLessThan(longest);
    }
  });

  it('leave the memory as it was', async () => {
    const round = async () => {
      for (const { bytes } of files) await (await post(service.url, 'starter', bytes)).arrayBuffer();
    };
    // Until the allocators hold what they need for files of 2 MiB.
    for (let i = 0; i < 3; i++) await round();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 3; i++) await round();
    expect(process.memoryUsage().rss - before).toBeLessThan(kept);
  });

  it('crash nothing', () => {
    expect(
      service.lines.filter((line) => /crashed|could not be (served|loaded|taken)|"level":"ERROR"/.test(line)),
    ).toEqual([]);
  });

  /** How S3 refuses a file, or how its request stands once the file is taken in. */
  async function upload(bytes: Uint8Array): Promise<{ status: number | string; reason: string | undefined }> {
    const asked = await askForUpload(service.url, 'starter');
    const posted = await postFile(asked.upload, bytes, 'image/jpeg');
    if (posted.status !== 204) return { status: posted.status, reason: await posted.text() };
    const { status, error } = await readWhen(service.url, asked.req_id, ({ status }) => status !== 'uploading');
    return { status, reason: error?.code };
  }
});

/** What `work` gives, and the processor time, in ms, that this process took meanwhile: the least of a few tries. */
async function worked<T extends object>(work: () => Promise<T>, left = tries): Promise<T & { readonly ms: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  return ms > longest && left > 1 ? worked(work, left - 1) : { ...result, ms };
}
