import { expect, test } from 'vitest';
import { Template } from '../../local/cloud/template.ts';
import { stageThrottle } from '../../local/cloud/throttle.ts';
import { fixtureTemplate } from './fixtures/template.ts';

test('a burst passes, then the rate', () => {
  let now = 0;
  const passes = stageThrottle(new Template(fixtureTemplate({ rate: 2, burst: 3 })), () => now);
  const passing = (requests: number) => Array.from({ length: requests }, passes).filter(Boolean).length;

  expect(passing(5)).toBe(3);
  now += 1000;
  expect(passing(5)).toBe(2);
  now += 3_600_000;
  expect(passing(5)).toBe(3);
});

test('a stage without limits takes everything', () => {
  const passes = stageThrottle(new Template({ Resources: {} }), () => 0);
  expect(Array.from({ length: 10_000 }, passes)).not.toContain(false);
});
