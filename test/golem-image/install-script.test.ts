import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const json = async (file: string) => JSON.parse(await readFile(new URL(file, root), 'utf8'));

// Its script downloads GPU files. npm 11 and later ask `allowScripts`; npm 10 runs what the lock file marks.
test("no npm runs onnxruntime-node's install script", async () => {
  const { allowScripts } = await json('package.json');
  const { packages } = await json('package-lock.json');
  expect(allowScripts['onnxruntime-node']).toBe(false);
  expect(packages['node_modules/onnxruntime-node']).toMatchObject({ version: expect.any(String) });
  expect(packages['node_modules/onnxruntime-node']).not.toHaveProperty('hasInstallScript');
});
