import { describe, expect, it } from 'vitest';
import { photo, read, useService } from '../support/service.ts';
import { askForUpload, postFile, readWhen } from '../support/uploads.ts';

const service = useService();

describe("an upload's form", () => {
  it('for an announced image takes no other: 100 posts leave no file and no message', async () => {
    const [cat, coffee] = [await photo('cat.jpg'), await photo('coffee.jpg')];
    const asked = await askForUpload(service.url, 'starter', cat);
    service.lines.length = 0;
    const refused = await postAll(100, () => postFile(asked.upload, withLength(coffee, cat.length), 'image/jpeg'));
    expect(refused).toEqual({ 400: 100 });
    expect((await postFile(asked.upload, cat, 'image/jpeg')).status).toBe(204);
    await readWhen(service.url, asked.req_id, ({ status }) => status === 'pending');
    expect(service.lines.filter((line) => line.includes('"upload '))).toHaveLength(1);
  });

  it('posted 50 times is taken in once; the other messages decode nothing', async () => {
    const cat = await photo('cat.jpg');
    const asked = await askForUpload(service.url, 'starter', cat);
    service.lines.length = 0;
    expect(await postAll(50, () => postFile(asked.upload, cat, 'image/jpeg'))).toEqual({ 204: 50 });
    const ends = (end: string) => service.lines.filter((line) => line.includes(`"upload ${end}"`)).length;
    await expect.poll(() => ends('ignored') + ends('pending'), { timeout: 20_000 }).toBe(50);
    expect(ends('pending')).toBe(1);
    expect(await read(service.url, asked.req_id)).toMatchObject({ status: 'pending' });
  });
});

/** How many answers had which status. */
async function postAll(count: number, post: () => Promise<Response>): Promise<Record<number, number>> {
  const answers = await Promise.all(Array.from({ length: count }, post));
  await Promise.all(answers.map((answer) => answer.text()));
  const byStatus = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, alike]) => [status, alike.length]));
}

/** The file, cut off or filled up. */
function withLength(file: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(file.subarray(0, length));
  return bytes;
}
