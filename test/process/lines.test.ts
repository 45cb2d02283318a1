import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { forEachLine } from '../../process/lines.ts';

test('lines come whole, however they are cut, with a last one that has no end', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  forEachLine(stream, (line) => lines.push(line));
  for (const piece of ['on', 'e\ntwo\r', '\n\nfo', Buffer.from('ür').subarray(0, 2), Buffer.from('ür').subarray(2)]) {
    stream.write(piece);
    await new Promise(setImmediate);
  }
  stream.end();
  await finished(stream);
  await new Promise(setImmediate);
  expect(lines).toEqual(['one', 'two', '', 'foür']);
});
