import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../process/temporary-folder.ts';
import { tempDir } from '../support/temp-dir.ts';

const helper = new URL('../../process/temporary-folder.ts', import.meta.url).href;

test('is removed with what is in it at the end of its scope, also after an error', async () => {
  const parent = await tempDir();
  const use = async () => {
    await using folder = await temporaryFolder('mlg-', parent);
    expect(path.basename(folder.path)).toMatch(/^mlg-.{6}$/);
    await writeFile(path.join(folder.path, 'file'), '');
    throw new Error('in use');
  };
  await expect(use()).rejects.toThrow('in use');
  expect(await readdir(parent)).toEqual([]);
});

test('can be removed sooner, and twice', async () => {
  const parent = await tempDir();
  const folders = [await temporaryFolder('a-', parent), await temporaryFolder('b-', parent)];
  await folders[0]?.remove();
  await folders[0]?.remove();
  expect(await readdir(parent)).toEqual([path.basename(folders[1]?.path ?? '')]);
  await folders[1]?.remove();
});

test('leaves a process as it found it: no listener stays', async () => {
  const parent = await tempDir();
  const count = () => ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((event) => process.listenerCount(event));
  const before = count();
  const folder = await temporaryFolder('mlg-', parent);
  expect(count()).toEqual(before.map((listeners) => listeners + 1));
  await folder.remove();
  expect(count()).toEqual(before);
});

test.each([
  ['its own end', '', { code: 0, signal: null }],
  ['process.exit', 'process.exit(3);', { code: 3, signal: null }],
  ['an error', 'throw new Error("x");', { code: 1, signal: null }],
  ['a signal', 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1e6);', { code: null, signal: 'SIGTERM' }],
  [
    'a signal that another part handles',
    'process.once("SIGINT", () => process.exit(130)); process.kill(process.pid, "SIGINT"); setInterval(() => {}, 1e6);',
    { code: 130, signal: null },
  ],
])('does not outlive a process that ends by %s', async (_, end, expected) => {
  const parent = await tempDir();
  const program = `
    import { writeFileSync } from 'node:fs';
    import { temporaryFolder } from '${helper}';
    for (const prefix of ['a-', 'b-']) {
      const { path } = await temporaryFolder(prefix, ${JSON.stringify(parent)});
      writeFileSync(path + '/file', '');
      console.log(path);
    }
    ${end}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const made = (await text(child.stdout)).trim().split('\n');
  const [code, signal] = await exit;
  expect([{ code, signal }, made.length]).toEqual([expected, 2]);
  expect(await readdir(parent)).toEqual([]);
});
