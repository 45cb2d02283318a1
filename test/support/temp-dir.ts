import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

/**
 * A new directory that is gone when the test has finished, however it ends.
 * @param test the test's own context, among tests that run at the same time
 */
export async function tempDir(test: Pick<TestContext, 'onTestFinished'> = { onTestFinished }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mlg-test-'));
  test.onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
