import { expect, test } from 'vitest';
import { zooIds } from '../../golem-image/zoo/networks/index.ts';
import { verify } from '../../golem-image/zoo/verify.ts';

test.each(zooIds)('%s agrees with Keras', async (id) => {
  const { maxLogitDelta, maxProbabilityDelta, sameTop5 } = await verify(id);
  expect(maxLogitDelta).toBeLessThan(1e-4);
  expect(maxProbabilityDelta).toBeLessThan(1e-5);
  expect(sameTop5).toBe(true);
});
