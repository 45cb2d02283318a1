import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { newId } from '../support/ids.ts';
import { accepted, call, photo, post, read, type ServiceInUse } from '../support/service.ts';

const cat = path.join('local', 'photos', 'cat.jpg');

/** A photo in over HTTP, its classes out, and every refusal. */
export function predictionTests(service: ServiceInUse): void {
  describe('the service', () => {
    it("serves the original service's two calls of curl", async () => {
      const request = await curl('POST', `${service.url}/requestPrediction/starter`, '-F', `image=@${cat}`);
      expect(request).toMatchObject({ success: true, req_id: expect.stringMatching(/^[0-9a-f]{56}$/) });
      const readUrl = `${service.url}/readPrediction/${request.req_id}`;
      expect(await curl('POST', readUrl)).toMatchObject({ preds: null, status: 'pending' });
      expect(await service.tick()).toMatchObject({ exitCode: 0 });
      const { preds } = (await curl('POST', readUrl)) as { preds: unknown[][] };
      expect(preds).toHaveLength(5);
      expect(preds[0]).toEqual(['n02124075', 'Egyptian_cat', expect.closeTo(0.8, 1)]);
      expect(await curl('GET', readUrl)).toMatchObject({ preds, status: 'done', weights: 'official' });
    });

    it('takes a raw body too', async () => {
      const url = `${service.url}/requestPrediction/starter`;
      const body = new Blob([Buffer.from(await photo('cat.jpg'))], { type: 'image/jpeg' });
      const response = await call(url, { method: 'POST', body });
      expect(response.status).toBe(202);
      expect(response.headers.get('location')).toMatch(/\/readPrediction\/[0-9a-f]{56}$/);
    });

    it('gives each of many requests its own answer, in chunks of at most 16', async () => {
      const images = [await photo('cat.jpg'), await photo('coffee.jpg'), await photo('rocket.jpg')];
      const expected = ['Egyptian_cat', 'espresso', 'missile'];
      const ids = await Promise.all(
        Array.from({ length: 20 }, (_, i) => accepted(service.url, 'starter', images[i % 3] as Buffer)),
      );
      service.lines.length = 0;
      await service.tick();
      const summary = JSON.parse(
        service.lines.find((line) => line.includes('run ended'))?.replace(/^\S+ /, '') ?? '{}',
      );
      expect(summary).toMatchObject({ done: summary.claimed, retried: 0, failed: 0, lost: 0 });
      expect(summary.chunks).toBe(Math.ceil(summary.claimed / 16));
      expect(summary.invoices).toBeGreaterThan(0);
      const answers = await Promise.all(ids.map((id) => read(service.url, id)));
      for (const [i, { preds }] of answers.entries()) {
        expect(preds?.map(([, label]) => label)).toContain(expected[i % 3]);
      }
    });

    it.each<[number, string, () => Promise<Response>]>([
      [404, 'densenet121', async () => post(service.url, 'no-such-model', await photo('cat.jpg'))],
      [503, 'npm run zoo', async () => post(service.url, 'VGG16', await photo('cat.jpg'))],
      [400, 'empty', async () => post(service.url, 'starter', new Uint8Array())],
      [400, 'cut off', async () => post(service.url, 'starter', (await photo('cat.jpg')).subarray(0, 9_000))],
      [415, 'PDF', async () => post(service.url, 'starter', Buffer.from('%PDF-1.7 and so on'))],
      [413, '2 MiB', async () => post(service.url, 'starter', new Uint8Array(2 ** 21 + 1))],
      [
        415,
        'multipart',
        async () => call(`${service.url}/requestPrediction/starter`, { method: 'POST', body: 'hello' }),
      ],
      [405, 'POST', async () => call(`${service.url}/requestPrediction/starter`)],
      [405, 'GET', async () => call(`${service.url}/models`, { method: 'DELETE' })],
      [404, 'no request', async () => call(`${service.url}/readPrediction/${newId()}`)],
      [404, 'routes', async () => call(`${service.url}/nothing/here`)],
    ])('refuses with %i and says %s', async (status, words, ask) => {
      const response = await ask();
      const answer = (await response.json()) as { success: boolean; reason: string };
      expect({ status: response.status, ...answer }).toMatchObject({ status, success: false });
      expect(answer.reason).toContain(words);
    });

    it('lists the models, and which are here', async () => {
      const { models } = (await (await call(`${service.url}/models`)).json()) as {
        models: { id: string; available: boolean }[];
      };
      expect(models).toHaveLength(17);
      expect(models.filter(({ available }) => available).map(({ id }) => id)).toEqual(['starter']);
    });
  });
}
