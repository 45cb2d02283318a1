import { expect, test } from 'vitest';
import { filePart, form } from '../support/forms.ts';
import { send } from '../support/http.ts';
import { imageFile } from '../support/image-files.ts';
import { setUp } from './setup.ts';

test('what is accepted is counted by model, and what is refused by reason', async () => {
  const { fn, log } = setUp();
  await send(fn, { parameters: { model: 'Starter' }, ...form('boundary', [filePart(imageFile('colour.png'))]) });
  await send(fn, { parameters: { model: 'starter' } });
  expect(log.counts).toEqual([
    { metric: 'Accepted', model: 'starter' },
    { metric: 'Refused', reason: 'unsupported_body' },
  ]);
});
