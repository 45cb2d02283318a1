import { defineConfig } from 'vitest/config';

/** The suites that Stryker runs for each mutant: of the mutated files, in memory, fast. */
export default defineConfig({
  test: {
    include: [
      'test/core/*.test.ts',
      'test/requestor/{concurrency,lock,metrics,run,spending}.test.ts',
      'test/requestor-golem/bills.test.ts',
    ],
    testTimeout: 10_000,
  },
});
