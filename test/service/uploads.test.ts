import { describe, expect, it } from 'vitest';
import { photo, read, useService } from '../support/service.ts';
import { askForUpload, postFile, readWhen } from '../support/uploads.ts';

describe('an upload from a browser', () => {
  const service = useService();

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

  it('of what is no image fails with the reason', async () => {
    const asked = await askForUpload(service.url, 'starter');
    const posted = await postFile(asked.upload, Buffer.from('%PDF-1.7 and so on'), 'image/jpeg');
    expect(posted.status).toBe(204);
    const answer = await readWhen(service.url, asked.req_id, ({ status }) => status !== 'uploading');
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'unsupported_image' } });
  });
});
