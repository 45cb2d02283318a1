import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGlm, parseGlm } from '../../local/golem/provider/money.ts';
import { providerSettings } from '../../local/golem/provider/settings.ts';
import { Terms } from '../../local/golem/provider/terms.ts';

describe('money', () => {
  it.each([
    ['0', 0n],
    ['1', 10n ** 18n],
    ['-1.5', -15n * 10n ** 17n],
    ['.5', 5n * 10n ** 17n],
    ['0.000000000000000001', 1n],
    ['0.0000000000000000019', 1n],
    ['1e-7', 10n ** 11n],
    ['1.25E+3', 1250n * 10n ** 18n],
    ['1e-30', 0n],
  ])('%s is %i wei', (text, wei) => expect(parseGlm(text)).toBe(wei));

  it.each(['', '.', '-', 'one', '1,5', '0x10', '1e', 'NaN', 'Infinity', ' 1', '1e9999'])('%j is none', (text) => {
    expect(() => parseGlm(text)).toThrow(RangeError);
  });

  it('is written without exponent and read back as it was', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (wei) => {
        const text = formatGlm(wei);
        expect(text).toMatch(/^-?\d+(\.\d*[1-9])?$/);
        expect(parseGlm(text)).toBe(wei);
      }),
    );
  });

  it('adds up: the cost of parts is that of the whole, but for a wei each', () => {
    const [settings] = providerSettings([{ cpuPerHour: 0.1, envPerHour: 0.2, start: 0 }]);
    if (!settings) throw new Error('one provider has settings');
    const terms = new Terms(settings, '0x', [], () => true);
    expect(formatGlm(terms.cost([3600, 3600]))).toBe('0.3');
    const seconds = fc.integer({ min: 0, max: 10_000_000 }).map((ms) => ms / 1000);
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const difference = terms.cost([a + b, a + b]) - terms.cost([a, a]) - terms.cost([b, b]);
        expect(difference >= 0n && difference <= 1n).toBe(true);
      }),
    );
  });
});
