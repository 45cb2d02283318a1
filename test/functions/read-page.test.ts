import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { s3Client } from '../../aws/clients.ts';
import { S3UploadForms } from '../../aws/s3-upload-forms.ts';
import { uploadOrigin } from '../../aws/upload-origin.ts';
import { event, MemoryLog, send } from '../support/http.ts';
import { handler, page, readPage } from './page.ts';

// The handler's logger reads it as its module is loaded.
vi.hoisted(() => vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT'));

const origin = 'https://images.s3.eu-west-1.amazonaws.com';
const served = (resultDays: number) => readPage(page, { uploads: origin, resultDays }, new MemoryLog());
const fn = served(30);
const route = '/';
afterEach(() => vi.unstubAllEnvs());

describe('GET /', () => {
  it('is the page, whose only script and style are those that the policy names by their hash', async () => {
    const { status, text, headers } = await send(fn, { method: 'GET', route });
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    for (const tag of ['script', 'style']) {
      const [, content = '', ...others] = text.split(new RegExp(`<${tag}[^>]*>|</${tag}>`));
      expect(others).toHaveLength(1);
      expect(policy).toContain(`${tag}-src 'sha256-${createHash('sha256').update(content).digest('base64')}';`);
    }
    expect(text).not.toMatch(/ style="| on\w+="|https?:\/\/(?!www\.golem\.network)/);
  });

  it('may reach the API and the store, and nothing else', async () => {
    const { headers } = await send(fn, { method: 'GET', route });
    expect(headers['content-security-policy']).toMatch(
      new RegExp(`^default-src 'none';.*; connect-src 'self' ${origin}; base-uri 'none'; form-action 'none'`),
    );
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('comes compressed to whoever takes that, in less than 30 kB', async () => {
    const answer = await fn(event({ method: 'GET', headers: { 'Accept-Encoding': 'br, gzip' } }), {} as never);
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    const body = Buffer.from(answer.body ?? '', 'base64');
    expect(body.length).toBeLessThan(30_000);
    expect(gunzipSync(body).toString()).toBe((await send(fn, { method: 'GET', route })).text);
  });

  it('is what was built, in Lambda too', async () => {
    vi.stubEnv('BUCKET_NAME', 'images');
    vi.stubEnv('RESULT_DAYS', '30');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const { text } = await send(handler, { method: 'GET', route });
    expect(text).toBe((await send(fn, { method: 'GET', route })).text);
    expect(text.slice(-1000)).toBe(page.html.slice(-1000));
  });

  it.each([
    [1, 'kept for 7 days, the result for 1 day,'],
    [30, 'kept for 30 days, the result for 30 days,'],
  ])('says what is kept, and for how long, when results are kept %i days', async (days, words) => {
    const { text } = await send(served(days), { method: 'GET', route });
    expect(text.replaceAll(/\s+/g, ' ')).toContain(words);
    expect(text).not.toMatch(/\{\w+Days\}/);
  });

  it('refuses other methods', async () => {
    expect(await send(fn, { method: 'POST', route })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});

describe('the origin of uploads', () => {
  it.each([
    [{}, 'https://images.s3.eu-west-1.amazonaws.com'],
    [{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4000' }, 'http://127.0.0.1:4000'],
  ])('with %j is that of the forms that are signed', async (env, expected) => {
    const { AWS_ENDPOINT_URL_S3: endpoint } = env as Record<string, string>;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = s3Client({ region: 'eu-west-1', credentials, ...(endpoint && { endpoint, forcePathStyle: true }) });
    const limits = { minBytes: 1, maxBytes: 1 };
    const { url } = await new S3UploadForms(client, 'images', Date.now).sign('uploads/1', limits, Date.now() + 60_000);
    client.destroy();
    expect(new URL(url).origin).toBe(expected);
    expect(uploadOrigin({ AWS_REGION: 'eu-west-1', ...env }, 'images')).toBe(expected);
  });
});
