import { expect, it } from 'vitest';
import { newRequest, newUpload, uploadMs } from '../../../core/request.ts';
import { newId } from '../../support/ids.ts';
import { collect, failure, type Given, start } from './given.ts';

/** Requests that wait for their image. */
export function uploadTests(given: Given): void {
  it('keeps a request that waits for its image out of every queue', async () => {
    const upload = newUpload(newId(), 'inception_v3', start);
    expect(await given.rows.add(upload)).toBe(true);
    expect(await given.rows.get(upload.id)).toEqual(upload);
    expect(await collect(given.rows.pending('inception_v3'))).toEqual([]);
    expect(await given.steps.claim(upload.id, { owner: 'run-a', until: start + 10 }, start)).toBeUndefined();
  });

  it('queues a request by its age once its image is there, and only once', async () => {
    const upload = newUpload(newId(), 'inception_resnet_v2', start);
    await given.rows.add(upload);
    const younger = await given.add('inception_resnet_v2', start + 1);
    expect(await given.steps.uploaded(upload.id, start + uploadMs)).toBeDefined();
    expect(await given.steps.uploaded(upload.id, start + uploadMs)).toBeUndefined();
    const pending = { ...newRequest(upload.id, 'inception_resnet_v2', start), version: 2 };
    expect(await given.rows.get(upload.id)).toEqual(pending);
    expect(await collect(given.rows.pending('inception_resnet_v2'))).toEqual([pending, younger]);
  });

  it('refuses an image that comes too late', async () => {
    const upload = newUpload(newId(), 'starter', start);
    await given.rows.add(upload);
    expect(await given.steps.uploaded(upload.id, start + uploadMs + 1)).toBeUndefined();
    expect(await given.rows.get(upload.id)).toEqual(upload);
  });

  it('fails a request whose image is of no use, and nothing but such a one', async () => {
    const { id } = newUpload(newId(), 'starter', start);
    await given.rows.add(newUpload(id, 'starter', start));
    expect(await given.steps.failUpload(id, failure, start + 5)).toBeDefined();
    expect(await given.steps.failUpload(id, failure, start + 6)).toBeUndefined();
    const failed = {
      ...newRequest(id, 'starter', start),
      status: 'failed',
      version: 2,
      failure,
      completedAt: start + 5,
    };
    expect(await given.rows.get(id)).toEqual(failed);
    expect(await given.steps.uploaded(id, start + 6)).toBeUndefined();
    const pending = await given.add();
    expect(await given.steps.failUpload(pending.id, failure, start)).toBeUndefined();
    expect(await given.steps.failUpload(newId(), failure, start)).toBeUndefined();
  });
}
