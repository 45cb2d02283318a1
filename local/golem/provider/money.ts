/** GLM as whole wei, so that sums are exact. On the wire it is decimal text. */
export type Wei = bigint;

const DECIMALS = 18;

/**
 * Reads decimal text, with an exponent or without, as `Number.toString()` and daemons write it. Digits below a wei are dropped.
 * @throws RangeError when the text is not a number
 */
export function parseGlm(text: string): Wei {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (!match || whole + fraction === '') throw new RangeError(`not a decimal number: ${text}`);
  const shift = DECIMALS + Number(exponent) - fraction.length;
  const digits = whole + fraction;
  const wei = shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, shift);
  return BigInt(`${wei === '' ? '0' : wei}`) * (sign === '-' ? -1n : 1n);
}

/** Decimal text without exponent and without trailing zeros. */
export function formatGlm(wei: Wei): string {
  const digits = (wei < 0n ? -wei : wei).toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${wei < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}${fraction && `.${fraction}`}`;
}
