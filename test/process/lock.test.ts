import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lockFile } from '../../process/lock.ts';
import { Child } from '../../process/supervise.ts';
import { tempDir } from '../support/temp-dir.ts';

const newFile = async () => path.join(await tempDir(), 'new', 'lock');

it('a lock is held by one at a time', async () => {
  const file = await newFile();
  const unlock = await lockFile(file);
  expect(unlock).toBeDefined();
  expect(await lockFile(file)).toBeUndefined();
  unlock?.();
  const again = await lockFile(file);
  expect(again).toBeDefined();
  again?.();
});

it('the lock of a killed process is free', async () => {
  const file = await newFile();
  const module = new URL('../../process/lock.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(module)}).then(({ lockFile }) => lockFile(process.argv[1]))
    .then((unlock) => process.send(typeof unlock)); setInterval(() => {}, 1000);`;
  const holder = new Child({ args: ['-e', script, file] });
  onTestFinished(async () => void (await holder.end(0)));
  expect(await holder.message(20_000)).toBe('function');
  expect(await lockFile(file)).toBeUndefined();
  holder.kill('SIGKILL');
  await holder.ended;
  const unlock = await lockFile(file);
  expect(unlock).toBeDefined();
  unlock?.();
});

it('a file that cannot be locked is an error, not a lock held by another', async () => {
  const file = path.join(await tempDir(), 'lock');
  await writeFile(file, 'this is no database, and long enough that SQLite sees it. '.repeat(100));
  await expect(lockFile(file)).rejects.toThrow('file is not a database');
});
