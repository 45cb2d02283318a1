import { describe, expect, it } from 'vitest';
import { photo, read, type ServiceInUse } from '../support/service.ts';
import { askForUpload, postFile, readWhen } from '../support/uploads.ts';

/** An image that a browser sends straight to the store. */
export function uploadTests(service: ServiceInUse): void {
  describe('an upload from a browser', () => {
    it('goes straight to the store, is prepared, and gets its classes', async () => {
      const asked = await askForUpload(service.url, 'starter');
      expect(await read(service.url, asked.req_id)).toMatchObject({ status: 'uploading', preds: null });
      const posted = await postFile(asked.upload, await photo('cat.jpg'), 'image/jpeg');
      expect([posted.status, await posted.text()]).toEqual([204, '']);
      await readWhen(service.url, asked.req_id, ({ status }) => status === 'pending');
      expect(await service.tick()).toMatchObject({ exitCode: 0 });
      const { preds } = await read(service.url, asked.req_id);
      expect(preds?.[0]).toEqual(['n02124075', 'Egyptian_cat', expect.closeTo(0.8, 1)]);
    });

    it('may be asked for first by a page of another origin, as browsers do', async () => {
      const { upload } = await askForUpload(service.url, 'starter');
      const headers = { origin: 'https://page.example', 'access-control-request-method': 'POST' };
      const response = await fetch(upload.url, { method: 'OPTIONS', headers });
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    });

    it('that the store refuses leaves the request waiting, and the form good for another try', async () => {
      const asked = await askForUpload(service.url, 'starter');
      const tooLarge = await postFile(asked.upload, new Uint8Array(2 ** 21 + 1), 'image/jpeg');
      expect([tooLarge.status, await tooLarge.text()]).toEqual([400, expect.stringContaining('EntityTooLarge')]);
      const noImage = await postFile(asked.upload, await photo('cat.jpg'), 'text/plain');
      expect(noImage.status).toBe(403);
      expect(await read(service.url, asked.req_id)).toMatchObject({ status: 'uploading' });
      expect((await postFile(asked.upload, await photo('cat.jpg'), 'image/jpeg')).status).toBe(204);
      await readWhen(service.url, asked.req_id, ({ status }) => status === 'pending');
    });

    it('a second time changes nothing, and its file does not stay', async () => {
      const asked = await askForUpload(service.url, 'starter');
      await postFile(asked.upload, await photo('cat.jpg'), 'image/jpeg');
      await readWhen(service.url, asked.req_id, ({ status }) => status === 'pending');
      service.lines.length = 0;
      expect((await postFile(asked.upload, Buffer.from('no image'), 'image/jpeg')).status).toBe(204);
      await expect.poll(() => service.lines.some((line) => line.includes('upload ignored'))).toBe(true);
      expect(await read(service.url, asked.req_id)).toMatchObject({ status: 'pending' });
    });

    it('that was announced takes no other image: 100 posts by its form leave no file and no message', async () => {
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

    it('of what is no image fails with the reason', async () => {
      const asked = await askForUpload(service.url, 'starter');
      const posted = await postFile(asked.upload, Buffer.from('%PDF-1.7 and so on'), 'image/jpeg');
      expect(posted.status).toBe(204);
      const answer = await readWhen(service.url, asked.req_id, ({ status }) => status !== 'uploading');
      expect(answer).toMatchObject({ status: 'failed', error: { code: 'unsupported_image' } });
    });
  });
}

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
