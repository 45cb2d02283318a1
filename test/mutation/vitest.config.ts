import { defineConfig } from 'vitest/config';

/**
 * How Stryker runs suites for a mutant. Which ones comes from main.ts, because with its option `testFiles` Stryker 10.1
 * runs no test for mutants in what a module does when it is loaded.
 */
export default defineConfig({
  test: { include: JSON.parse(process.env.MUTATION_SUITES ?? '[]'), testTimeout: 10_000 },
});
