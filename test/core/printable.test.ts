import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable } from '../../core/printable.ts';

it.each([
  ['\u001b[2J\u001b]0;wallet\u0007', '\\u001b[2J\\u001b]0;wallet\\u0007'],
  ['\u009b31m', '\\u009b31m'],
  ['a\rb\u007f', 'a\\u000db\\u007f'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['two\nlines\tand a column: é 猫 🐈', 'two\nlines\tand a column: é 猫 🐈'],
])('%j is printed as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('leaves nothing that drives a terminal, and JSON as JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
      expect(printable(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text });
    }),
  );
});

it('cuts what is too long', () => {
  expect(printable('abcdef', 4)).toBe('abc…');
  expect(printable('abcd', 4)).toBe('abcd');
});
