import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outline } from '../../imaging/formats/index.ts';
import { imageFile } from '../support/image-files.ts';
import { openBrowser, openPage } from './browser.ts';

let browser: Browser;
let script: string;

beforeAll(async () => {
  browser = await openBrowser();
  const entry = fileURLToPath(new URL('../../web/shrink.ts', import.meta.url));
  const built = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife', globalName: 'shrink' });
  script = built.outputFiles[0]?.text ?? '';
}, 90_000);
afterAll(async () => {
  await browser?.close();
});

it.each([1, 3, 6, 8])(
  'a smaller copy of a photo stored as EXIF orientation %i is upright and says no more of it',
  async (n) => {
    const page = await openPage(browser, 'data:text/html,');
    await page.addScriptTag({ content: script });
    const photo = Buffer.from(imageFile(`orientation-${n}.jpg`)).toString('base64');
    const copy = await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const { shrink } = globalThis as unknown as { shrink: { shrunk(image: Blob): Promise<Blob> } };
      const blob = await shrink.shrunk(new Blob([bytes], { type: 'image/jpeg' }));
      return [...new Uint8Array(await blob.arrayBuffer())];
    }, photo);
    const [width, height] = n < 5 ? [61, 45] : [45, 61];
    expect(outline('jpeg', Uint8Array.from(copy))).toMatchObject({ width, height, orientation: 1 });
    expect(Buffer.from(copy).toString('latin1')).not.toContain('Exif');
  },
);
