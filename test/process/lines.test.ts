import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { forEachLine, linesOf } from '../../process/lines.ts';

const character = Buffer.from('ü');
const pieces = ['on', 'e\ntwo\r', '\n\nfo', character.subarray(0, 1), character.subarray(1), 'r'];
const whole = ['one', 'two', '', 'foür'];

test('lines come whole, however they are cut, with a last one that has no end', async () => {
  expect(await all(linesOf(Readable.from(pieces, { objectMode: false })))).toEqual(whole);
});

test('each is passed on as soon as it is there', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  forEachLine(stream, (line) => lines.push(line));
  const counts: number[] = [];
  for (const piece of pieces) {
    stream.write(piece);
    await new Promise(setImmediate);
    counts.push(lines.length);
  }
  stream.end();
  await expect.poll(() => lines).toEqual(whole);
  expect(counts).toEqual([0, 2, 3, 3, 3, 3]);
});

test('an error of the stream is thrown', async () => {
  const stream = new PassThrough();
  stream.write('one\n');
  stream.destroy(new Error('torn'));
  await expect(all(linesOf(stream))).rejects.toThrow('torn');
});

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}
