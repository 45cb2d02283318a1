import { defineConfig } from 'vitest/config';

/** Suites that take long or need more than Node: `npm run test:heavy`, `npm run test:browser`. `npm test` runs the others. */
const special: Readonly<Record<string, string>> = {
  heavy: 'test/**/*.heavy.test.ts',
  browser: 'test/**/*.browser.test.ts',
};

export default defineConfig(({ mode }) => ({
  test: {
    include: [special[mode] ?? 'test/**/*.test.ts'],
    exclude: mode in special ? [] : Object.values(special),
    testTimeout: mode === 'heavy' ? 300_000 : mode === 'browser' ? 180_000 : 30_000,
    hookTimeout: 60_000,
    // What polls waits for other processes, on machines that may be busy.
    expect: { poll: { timeout: 20_000 } },
    // One more than the processors of a small machine: several suites wait for other processes most of the time.
    // What takes long uses them fully by itself.
    maxWorkers: mode in special ? 2 : 3,
    globalSetup: './test/support/temporary-files.ts',
    reporters: ['default', './test/support/closing-line.ts'],
  },
}));
