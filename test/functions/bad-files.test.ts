import { describe, expect, it } from 'vitest';
import type { CallerErrorCode } from '../../core/errors.ts';
import { statusOf } from '../../functions/http/refusals.ts';
import { badFiles } from '../support/bad-files.ts';
import { send } from '../support/http.ts';
import { nthId, setUp } from './setup.ts';
import { created, setUpUploads } from './uploads.ts';

const files = await badFiles();

it('there are sixty at least, of different names and contents', () => {
  expect(files.length).toBeGreaterThanOrEqual(60);
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  expect(new Set(files.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).size).toBe(files.length);
});

describe.each(files)('$name', ({ bytes, outcome }) => {
  it(`${outcome}, through both doors and in the same words`, async () => {
    const http = setUp();
    const headers = { 'content-type': 'image/jpeg' };
    const response = await send(http.fn, { parameters: { model: 'starter' }, headers, body: bytes });
    const uploads = setUpUploads();
    const id = await uploads.uploaded(bytes);
    expect(await uploads.deliver(created(`uploads/${id}`))).toEqual([]);
    const row = await uploads.rows.get(id);

    if (outcome === 'taken') {
      expect([response.status, row?.status]).toEqual([202, 'pending']);
      expect(await uploads.objects.get(`tensors/${id}`)).toEqual(await http.objects.get(`tensors/${nthId(1)}`));
    } else {
      expect(response.status).toBe(statusOf[outcome as CallerErrorCode]);
      expect(row).toMatchObject({ status: 'failed', failure: { code: outcome, message: response.json.reason } });
      expect([...http.objects.keys, ...uploads.objects.keys]).toEqual([]);
    }
  });
});
