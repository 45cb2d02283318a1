/** GLM as whole wei, so that sums and comparisons are exact. On the wire it is decimal text. */
export type Wei = bigint;

/** Of the token, and so of the daemon's amounts. */
const decimals = 18;

/** The amount that a text states; undefined when it states none: negative, not finite, or finer than a wei. */
export function readGlm(text: string): Wei | undefined {
  const { wei, isExact } = parsed(text) ?? {};
  return isExact ? wei : undefined;
}

/**
 * A setting or a provider's price, GLM; digits below a wei are dropped.
 * @throws RangeError when it is negative or not finite
 */
export function weiOf(glm: number): Wei {
  const { wei } = parsed(String(glm)) ?? {};
  if (wei === undefined) throw new RangeError(`${glm} is no amount of GLM.`);
  return wei;
}

/** Decimal text without exponent and without trailing zeros. */
export function formatGlm(wei: Wei): string {
  const digits = (wei < 0n ? -wei : wei).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return `${wei < 0n ? '-' : ''}${digits.slice(0, -decimals)}${fraction && `.${fraction}`}`;
}

/** Lengths are bounded: a number of a few characters must not become one of thousands of digits. */
function parsed(text: string): { readonly wei: Wei; readonly isExact: boolean } | undefined {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^(\d{1,40})(?:\.(\d{1,60}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ?? [];
  const shift = decimals + Number(exponent) - fraction.length;
  if (whole === '' || shift > 60) return undefined;
  const digits = BigInt(whole + fraction);
  if (shift >= 0) return { wei: digits * 10n ** BigInt(shift), isExact: true };
  const divisor = 10n ** BigInt(-shift);
  return { wei: digits / divisor, isExact: digits % divisor === 0n };
}
