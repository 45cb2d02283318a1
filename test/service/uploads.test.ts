import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../local/service.ts';
import { openService, photo, read, temporaryFolder } from '../support/service.ts';
import { askForUpload, postFile, readWhen } from '../support/uploads.ts';

describe('an upload from a browser', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let service: Service;

  beforeAll(async () => {
    folder = await temporaryFolder();
    service = await openService(folder.path);
  }, 60_000);
  afterAll(async () => {
    await service?.close();
    await folder?.remove();
  });

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

  it('of what is no image fails with the reason', async () => {
    const asked = await askForUpload(service.url, 'starter');
    const posted = await postFile(asked.upload, Buffer.from('%PDF-1.7 and so on'), 'image/jpeg');
    expect(posted.status).toBe(204);
    const answer = await readWhen(service.url, asked.req_id, ({ status }) => status !== 'uploading');
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'unsupported_image' } });
  });
});
