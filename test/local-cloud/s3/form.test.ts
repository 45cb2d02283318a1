import fc from 'fast-check';
import { expect, test } from 'vitest';
import { S3Error } from '../../../local/cloud/s3/error.ts';
import { readForm } from '../../../local/cloud/s3/form.ts';
import { filePart, form, textPart } from '../../support/forms.ts';

const { headers, body } = form('b', [
  textPart('kEy', 'uploads/1'),
  textPart('x-amz-meta-tag', 'one'),
  textPart('X-Amz-Meta-Tag', 'two'),
  filePart('image', 'file'),
  textPart('after', 'ignored'),
]);
const type = headers['content-type'] ?? '';

test('fields go by their names in any case, up to the file', async () => {
  const { fields, file } = await readForm(type, Buffer.from(body));
  expect(Object.fromEntries(fields)).toEqual({
    key: { name: 'kEy', value: 'uploads/1' },
    'x-amz-meta-tag': { name: 'x-amz-meta-tag', value: 'one,two' },
  });
  expect(file).toEqual({ bytes: Buffer.from('image'), name: 'cat.jpg' });
});

test('the file is the part named file, whatever others look like', async () => {
  const { headers, body } = form('b', [filePart('text', 'key'), textPart('file', 'image')]);
  const { fields, file } = await readForm(headers['content-type'] ?? '', Buffer.from(body));
  expect([fields.get('key')?.value, file]).toEqual(['text', { bytes: Buffer.from('image'), name: undefined }]);
});

test('of several files the first counts', async () => {
  const { headers, body } = form('b', [filePart('one', 'file'), filePart('two', 'file')]);
  const { file } = await readForm(headers['content-type'] ?? '', Buffer.from(body));
  expect(file?.bytes.toString()).toBe('one');
});

test.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=other'])(
  '%s is malformed',
  async (contentType) => {
    await expect(readForm(contentType, Buffer.from(body))).rejects.toMatchObject({ code: 'MalformedPOSTRequest' });
  },
);

test('a damaged form is read or refused, and nothing else happens', async () => {
  const flips = fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(flips, fc.nat(body.length), async (flips, length) => {
      const damaged = Buffer.from(body).subarray(0, length);
      for (const [at, value] of flips) if (at < length) damaged[at] = value;
      const result = await readForm(type, damaged).catch((error: unknown) => error);
      if (!(result instanceof S3Error)) expect(result).toMatchObject({ fields: expect.any(Map) });
    }),
    { numRuns: 500 },
  );
});
