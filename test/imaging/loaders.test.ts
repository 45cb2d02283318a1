import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { blockedLoaders } from '../../imaging/decode.ts';

const ours = ['Jpeg', 'Nsgif', 'Png', 'Webp'].map((format) => `VipsForeignLoad${format}Buffer`);

/** All loaders that libvips was built with, by their names in its library. */
function loadersOfLibvips(): string[] {
  const require = createRequire(import.meta.url);
  const platform = `${process.platform === 'linux' ? 'linux' : process.platform}-${process.arch}`;
  const folder = path.dirname(require.resolve(`@img/sharp-libvips-${platform}/versions`));
  const versions = require(path.join(folder, 'versions.json'));
  const library = readFileSync(path.join(folder, 'lib', `libvips-cpp.so.${versions.vips}`), 'latin1');
  return [...new Set(library.match(/VipsForeignLoad[A-Za-z0-9]+/g))];
}

describe.runIf(process.platform === 'linux')('of the loaders of libvips', () => {
  it('each is one of ours, blocked, or derived from one that is blocked', () => {
    const loaders = loadersOfLibvips();
    expect(loaders).toEqual(expect.arrayContaining(ours));
    // What ours derive from cannot be blocked, and loads nothing itself.
    const abstract = ours.map((name) => name.replace(/Buffer$/, ''));
    const open = loaders.filter((name) => !blockedLoaders.some((blocked) => name.startsWith(blocked)));
    expect(open.sort()).toEqual([...ours, ...abstract].sort());
  });
});

it.each([
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  ['TIFF', 'II*\0\x08\0\0\0\0\0\0\0\0\0'],
])('%s is not loaded, whoever asks sharp', async (_, file) => {
  await expect(sharp(Buffer.from(file, 'latin1')).metadata()).rejects.toThrow();
});
