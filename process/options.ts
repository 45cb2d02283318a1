/** An option's value is not one that it takes. The message names the option, what it takes and what was given. */
export class OptionError extends RangeError {
  override readonly name = 'OptionError';
}

/**
 * Returns the whole number that an option was given.
 * @param option as it is typed, such as `--port`
 * @throws OptionError
 */
export function wholeNumber(option: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  throw new OptionError(`${option} takes a whole number from ${least} to ${most}, not '${given}'.`);
}

/**
 * Returns the number that an option was given, with or without a fraction.
 * @param option as it is typed, such as `--faults`
 * @throws OptionError
 */
export function number(option: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (/^\d*\.?\d+$/.test(given) && value >= least && value <= most) return value;
  throw new OptionError(`${option} takes a number from ${least} to ${most}, not '${given}'.`);
}
