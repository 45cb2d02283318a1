import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..');
/** Of golem-js 3.6.0: the first two crash when loaded as ESM, the third sends memory that lies beside the data. */
const forbidden = /\.(downloadData|downloadJson|uploadData|uploadJson)\b|\b(Gftp|WebSocket)StorageProvider\b/;

it('nothing uses what the SDK does unsafely', () => {
  const files = ['requestor', 'bench', 'local'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(folder, file)),
  );
  expect(files.length).toBeGreaterThan(80);
  expect(files.filter((file) => forbidden.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
  for (const line of ["await exe.downloadJson('/x')", 'new WebSocketStorageProvider(yagna)'])
    expect(line).toMatch(forbidden);
});
