import { defineConfig } from 'vitest/config';

// `npm test` runs the fast suites; `npm run test:heavy` those that take long or need more than Node.
const heavy = process.env.SUITES === 'heavy';

export default defineConfig({
  test: {
    include: [heavy ? 'test/**/*.heavy.test.ts' : 'test/**/*.test.ts'],
    exclude: heavy ? [] : ['test/**/*.heavy.test.ts'],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
