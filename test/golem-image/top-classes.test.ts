import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topClasses } from '../../golem-image/top-classes.ts';

const probabilities = fc
  .array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 1000 })
  .map((values) => Float32Array.from(values));

test('topClasses gives the five most probable, sorted, each rounded by less than float32 can tell', () => {
  fc.assert(
    fc.property(probabilities, (values) => {
      const top = topClasses(values);
      const sorted = values.toSorted().reverse();
      expect(top.length).toBe(5);
      top.forEach(([index, p], i) => {
        expect(values[index]).toBe(sorted[i]);
        expect(Math.abs(p - (sorted[i] ?? 0))).toBeLessThanOrEqual(1e-6 * p);
        expect(p).toBeLessThanOrEqual(top[i - 1]?.[1] ?? 1);
      });
    }),
  );
});

test('of equally probable classes the one with the higher index comes first', () => {
  const values = new Float32Array(1000);
  values[3] = values[7] = values[500] = 0.25;
  values[9] = 0.125;
  expect(topClasses(values).map(([index]) => index)).toEqual([500, 7, 3, 9, 999]);
});
