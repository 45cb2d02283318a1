import { expect, it } from 'vitest';
import { newRequest, type PendingRequest } from '../../../core/request.ts';
import { newId } from '../../support/ids.ts';
import { collect, type Given, start } from './given.ts';

/** Adding, and the order in which requests wait. */
export function queueTests(given: Given): void {
  it('gives back what was added', async () => {
    const request = await given.add();
    expect(await given.rows.get(request.id)).toEqual(request);
  });

  it('gives nothing for an unknown id', async () => {
    expect(await given.rows.get(newId())).toBeUndefined();
  });

  it('does not add over an existing request', async () => {
    const request = await given.add('vgg16');
    expect(await given.rows.add(newRequest(request.id, 'starter', start + 1))).toBe(false);
    expect(await given.rows.get(request.id)).toEqual(request);
  });

  it('lists pending requests of one model, oldest first, over many pages', async () => {
    const ages = Array.from({ length: 300 }, (_, i) => (i * 7919) % 300);
    await Promise.all(ages.map((age) => given.add('resnet50', start + age)));
    await given.add('resnet101');
    const listed = await collect(given.rows.pending('resnet50'));
    expect(listed.map(({ createdAt }) => createdAt - start)).toEqual(ages.sort((a, b) => a - b));
    expect(new Set(listed.map(({ id }) => id)).size).toBe(300);
  });

  it('stops listing when the reader stops', async () => {
    await given.add('densenet201');
    await given.add('densenet201');
    const seen: string[] = [];
    for await (const { id } of given.rows.pending('densenet201')) {
      seen.push(id);
      break;
    }
    expect(seen).toHaveLength(1);
  });

  it('counts the older pending requests of the same model', async () => {
    const ages = [5, 0, 3, 3, 9];
    const requests = await Promise.all(ages.map((age) => given.add('resnet152', start + age)));
    await given.add('resnet101v2', start);
    expect(await Promise.all(requests.map((request) => given.rows.ahead(request)))).toEqual([3, 0, 1, 1, 4]);
    const [, oldest, , , youngest] = requests as [unknown, PendingRequest, unknown, unknown, PendingRequest];
    await given.steps.claim(oldest.id, { owner: 'run-a', until: start + 10 }, start);
    expect(await given.rows.ahead(youngest)).toBe(3);
  });

  it('gives up counting where there are too many', async () => {
    await Promise.all(Array.from({ length: 1300 }, () => given.add('resnet50v2', start)));
    expect(await given.rows.ahead(await given.add('resnet50v2', start + 1))).toBeUndefined();
  });
}
