import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tensorKey, uploadedRequestId, uploadKey } from '../../core/keys.ts';

const requestId = fc.stringMatching(/^[0-9a-f]{56}$/);

test('a request has keys of its own, in the folders that the buckets are set up for', () => {
  fc.assert(
    fc.property(requestId, (id) => {
      expect(tensorKey(id)).toBe(`tensors/${id}`);
      expect(uploadKey(id)).toBe(`uploads/${id}`);
      expect(uploadedRequestId(uploadKey(id))).toBe(id);
    }),
  );
});

test.each([
  '',
  'uploads/',
  `uploads/${'a'.repeat(55)}`,
  `uploads/${'a'.repeat(57)}`,
  `uploads/${'A'.repeat(56)}`,
  `uploads/${'g'.repeat(56)}`,
  `/uploads/${'a'.repeat(56)}`,
  `other/uploads/${'a'.repeat(56)}`,
  `uploads/${'a'.repeat(56)}/thumbnail`,
  `tensors/${'a'.repeat(56)}`,
])('nobody was given the key %j', (key) => {
  expect(uploadedRequestId(key)).toBeUndefined();
});
