import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { download, md5Of } from '../../golem-image/zoo/download.ts';
import { tempDir } from '../support/temp-dir.ts';
import { serveFile } from './file-server.ts';

const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) % 251);

test('fetches a file and tells how far it is', async () => {
  const { url } = await serveFile(content);
  const path = join(await tempDir(), 'file');
  const seen: [number, number | undefined][] = [];
  await download(url, path, { onProgress: (received, total) => seen.push([received, total]) });
  expect(new Uint8Array(await readFile(path))).toEqual(content);
  expect(seen.at(-1)).toEqual([100_000, 100_000]);
  expect(await md5Of(path)).toBe(createHash('md5').update(content).digest('hex'));
});

test('goes on where an earlier run was cut off', async () => {
  const { url, ranges } = await serveFile(content);
  const path = join(await tempDir(), 'file');
  await writeFile(`${path}.part`, content.subarray(0, 60_000));
  const seen: number[] = [];
  await download(url, path, { onProgress: (received) => seen.push(received) });
  expect(new Uint8Array(await readFile(path))).toEqual(content);
  expect(ranges).toEqual(['bytes=60000-']);
  expect(seen[0]).toBeGreaterThan(60_000);
});

test('takes a part that is whole already', async () => {
  const { url } = await serveFile(content);
  const path = join(await tempDir(), 'file');
  await writeFile(`${path}.part`, content);
  await download(url, path);
  expect(new Uint8Array(await readFile(path))).toEqual(content);
});

test('starts again when the server cannot go on in the middle', async () => {
  const { url } = await serveFile(content, { ignoresRanges: true });
  const path = join(await tempDir(), 'file');
  await writeFile(`${path}.part`, 'something else');
  await download(url, path);
  expect(new Uint8Array(await readFile(path))).toEqual(content);
});

test('removes a part that is longer than the file', async () => {
  const { url } = await serveFile(content);
  const dir = await tempDir();
  await writeFile(join(dir, 'file.part'), new Uint8Array(100_001));
  await expect(download(url, join(dir, 'file'))).rejects.toThrow('it is removed now. Try again.');
  expect(await readdir(dir)).toEqual([]);
});

test('takes a broken connection up again where it broke', async () => {
  const { url, ranges, cut } = await serveFile(content, { stallAfter: 40_000 });
  const path = join(await tempDir(), 'file');
  await download(url, path, { onProgress: (received) => received % 40_000 === 0 && cut() });
  expect(new Uint8Array(await readFile(path))).toEqual(content);
  expect(ranges).toEqual([undefined, 'bytes=40000-', 'bytes=80000-']);
});

test('gives up when three attempts have brought nothing, and keeps what came before', async () => {
  const { url, ranges } = await serveFile(content, { cutsBodies: true });
  const dir = await tempDir();
  await writeFile(join(dir, 'file.part'), content.subarray(0, 10));
  await expect(download(url, join(dir, 'file'))).rejects.toThrow('broke off after 10 bytes');
  expect(ranges).toEqual(['bytes=10-', 'bytes=10-', 'bytes=10-']);
  expect(await readdir(dir)).toEqual(['file.part']);
});

test('does not wait for ever', async () => {
  const { url } = await serveFile(content, { stallAfter: 0 });
  const path = join(await tempDir(), 'file');
  await expect(download(url, path, { idleMs: 50 })).rejects.toThrow('nothing came for 0.05 s');
});

test('says what the server answered', async () => {
  const { url } = await serveFile(content, { status: 404 });
  const dir = await tempDir();
  await expect(download(url, join(dir, 'file'))).rejects.toThrow(`${url} answers 404.`);
  expect(await readdir(dir)).toEqual([]);
});
