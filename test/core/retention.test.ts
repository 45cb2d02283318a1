import { expect, test } from 'vitest';
import { dayMs, imageDays } from '../../core/retention.ts';

test('images are kept as long as results, but never less than a week', () => {
  expect([1, 6, 7, 8, 365].map(imageDays)).toEqual([7, 7, 7, 8, 365]);
});

test('a day is one of UTC', () => {
  expect(dayMs).toBe(Date.UTC(2026, 0, 2) - Date.UTC(2026, 0, 1));
});
