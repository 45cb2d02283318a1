import { defineConfig } from 'vitest/config';

const heavyTests = 'test/**/*.heavy.test.ts';

// `npm test` runs the fast suites; `npm run test:heavy` those that take long or need more than Node.
export default defineConfig(({ mode }) => ({
  test: {
    include: [mode === 'heavy' ? heavyTests : 'test/**/*.test.ts'],
    exclude: mode === 'heavy' ? [] : [heavyTests],
    testTimeout: mode === 'heavy' ? 300_000 : 30_000,
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.ts'],
  },
}));
