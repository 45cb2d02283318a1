import { expect, test } from 'vitest';
import { number, OptionError, wholeNumber } from '../../process/options.ts';

test.each([
  ['0', 0],
  ['8080', 8080],
  ['65535', 65_535],
  ['007', 7],
])('%s is a whole number in the range', (given, value) => {
  expect(wholeNumber('--port', given, 0, 65_535)).toBe(value);
});

test.each(['', ' ', '1.5', '-1', '65536', '1e3', '0x10', 'ten', 'Infinity', '１'])(
  "'%s' is refused with the option, its range and what was given",
  (given) => {
    const parse = () => wholeNumber('--port', given, 0, 65_535);
    expect(parse).toThrow(OptionError);
    expect(parse).toThrow(`--port takes a whole number from 0 to 65535, not '${given}'.`);
  },
);

test.each([
  ['0', 0],
  ['.25', 0.25],
  ['0.5', 0.5],
  ['1', 1],
])('%s is a number in the range', (given, value) => {
  expect(number('--faults', given, 0, 1)).toBe(value);
});

test.each(['', '-0.1', '1.01', '1.', 'half', 'NaN', '1e-1'])("'%s' is none", (given) => {
  const parse = () => number('--faults', given, 0, 1);
  expect(parse).toThrow(OptionError);
  expect(parse).toThrow(`--faults takes a number from 0 to 1, not '${given}'.`);
});

test('what is below the least is refused, in an error that a stack names', () => {
  expect(() => wholeNumber('--width', '0', 1, 9)).toThrow(expect.objectContaining({ name: 'OptionError' }));
  expect(() => number('--width', '0.9', 1, 9)).toThrow("--width takes a number from 1 to 9, not '0.9'.");
});
