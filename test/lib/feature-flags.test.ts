import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { featureFlags } from '../../lib/feature-flags.ts';

test('CDK behaves as this version of it recommends, and says nothing of flags that are not set', () => {
  const recommended = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json');
  expect(featureFlags).toEqual(recommended);
});
