import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Service, startService } from '../../local/service.ts';
import { pngHeader } from '../support/image-files.ts';
import { temporaryFolder, useService } from '../support/service.ts';
import { openBrowser, openPage, screenshot } from './browser.ts';

interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const photos = path.join(import.meta.dirname, '..', '..', 'local', 'photos');
const file = (name: string, buffer: Buffer): File => ({ name, mimeType: 'image/jpeg', buffer });
const photo = (name: string) => file(name, readFileSync(path.join(photos, name)));
const cat = photo('cat.jpg');
const coffee = photo('coffee.jpg');
const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

const service = useService();
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, 90_000);
afterAll(async () => {
  await browser?.close();
});

const open = (hash = '', options = {}) => openPage(browser, `${service.url}/${hash}`, options);
const card = (page: Page, name: string) => page.locator('.card', { has: page.getByRole('heading', { name }) });
const choose = (page: Page, ...files: File[]) => page.setInputFiles('#files', files);

/** Runs until the card's image waits no more: on a busy machine, a run may find no provider in time. */
async function runFor(page: Page, name: string, on: Pick<Service, 'tick'> = service): Promise<void> {
  const place = card(page, name).getByText(/Place \d+ in the queue/);
  await place.waitFor();
  for (let runs = 0; runs < maxRuns; runs++) {
    await on.tick();
    const isOver = await place.waitFor({ state: 'hidden', timeout: aLookLater }).then(
      () => true,
      () => false,
    );
    if (isOver) return;
  }
  throw new Error(`${name} still waits after ${maxRuns} runs.`);
}

/** Counts the requests that the page makes from now on. */
function countRows(page: Page): () => number {
  let rows = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().includes('/uploads/')) rows++;
  });
  return () => rows;
}

const maxRuns = 3;
/** ms; the page looks every 3 s. */
const aLookLater = 8_000;

describe('the page', () => {
  it('sends a photo straight to the store, waits, and shows its classes', async () => {
    const page = await open();
    const posted = page.waitForRequest(
      (request) => request.method() === 'POST' && !request.url().includes('/uploads/'),
    );
    const asked = page.waitForRequest((request) => request.url().includes('/uploads/'));
    await choose(page, cat);
    expect((await asked).postDataJSON()).toEqual({
      size: cat.buffer.length,
      sha256: createHash('sha256').update(cat.buffer).digest('hex'),
    });
    expect(new URL((await posted).url()).origin).not.toBe(service.url);
    await runFor(page, 'cat.jpg');
    const classes = card(page, 'cat.jpg').getByRole('listitem');
    await classes.first().waitFor();
    expect(await classes.count()).toBe(5);
    expect(await classes.first().textContent()).toMatch(/^Egyptian cat\d\d\.\d %$/);
    expect(await page.getByRole('status').textContent()).toMatch(/^cat\.jpg: Egyptian cat, \d/);

    const link = await card(page, 'cat.jpg').getByRole('link').getAttribute('href');
    const elsewhere = await open(link ?? '');
    await elsewhere.getByText('Egyptian cat').first().waitFor();
  });

  it('takes several at once, and tells the next run once there was one', async () => {
    const page = await open();
    await choose(page, cat, coffee);
    await card(page, 'cat.jpg')
      .getByText(/Place [12] .* The next run begins in .*, at \d\d:\d\d/)
      .waitFor();
    await runFor(page, 'coffee.jpg');
    await card(page, 'coffee.jpg').getByText('espresso', { exact: true }).waitFor();
    await card(page, 'cat.jpg').getByText('Egyptian cat').waitFor();
  });

  it('takes what is dropped and what is pasted', async () => {
    const page = await open();
    for (const type of ['drop', 'paste']) {
      await page.evaluate(
        ([type, base64]) => {
          const bytes = Uint8Array.from(atob(base64 ?? ''), (char) => char.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], `by-${type}.jpg`, { type: 'image/jpeg' }));
          const event =
            type === 'drop'
              ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
              : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
          document.body.dispatchEvent(event);
        },
        [type, cat.buffer.toString('base64')],
      );
      await card(page, `by-${type}.jpg`)
        .getByText(/Place \d+ in the queue/)
        .waitFor();
    }
  });

  it.each([
    ['text.jpg', Buffer.from('this is no image'), /not an image that can be read/],
    ['cut.jpg', cat.buffer.subarray(0, cat.buffer.length / 2), /damaged or was cut off/],
    ['bomb.png', Buffer.from(pngHeader(30_000, 30_000)), /too many: at most 40 million/],
    ['empty.jpg', Buffer.alloc(0), /is empty/],
    ['large.jpg', Buffer.alloc(2 ** 21 + 1), /has 2\.1 MB; at most 2 MB/],
  ])('says in plain words what is wrong with %s', async (name, bytes, words) => {
    const page = await open();
    await choose(page, file(name, bytes));
    await card(page, name).getByText(words).waitFor();
  });

  it('makes a photo that is too large smaller, when asked to', async () => {
    const page = await open();
    const large = Buffer.concat([cat.buffer, Buffer.alloc(2 ** 21)]);
    await choose(page, file('phone.jpg', large));
    const rows = countRows(page);
    // Twice in one turn, as an impatient hand may.
    await page.getByRole('button', { name: 'Send a smaller copy' }).evaluate((button: HTMLElement) => {
      button.click();
      button.click();
    });
    await card(page, 'phone.jpg')
      .getByText(/Place \d+ in the queue/)
      .waitFor();
    expect(rows()).toBe(1);
  });

  it('gives up when the store goes on to refuse, and says what to do', async () => {
    const page = await open();
    const rows = countRows(page);
    const body = '<Error><Code>AccessDenied</Code></Error>';
    const headers = { 'access-control-allow-origin': '*' };
    await page.route(
      (url) => url.origin !== new URL(service.url).origin,
      (route) => route.fulfill({ status: 403, headers, body }),
    );
    await choose(page, cat);
    await card(page, 'cat.jpg').getByText('Try it again later').waitFor();
    expect(rows()).toBe(3);
  });

  it('goes on when the service was away', async () => {
    const page = await open();
    await page.route('**/uploads/**', (route) => route.abort());
    await choose(page, cat);
    await card(page, 'cat.jpg').getByText('The service cannot be reached. Trying again').waitFor();
    await page.unroute('**/uploads/**');
    await card(page, 'cat.jpg')
      .getByText(/Place \d+ in the queue/)
      .waitFor();
    await page.context().setOffline(true);
    await card(page, 'cat.jpg').getByText('You are offline. Trying again').waitFor();
    await page.context().setOffline(false);
    await card(page, 'cat.jpg')
      .getByText(/Place \d+ in the queue/)
      .waitFor();
  });

  it('goes on when the service itself was restarted', async () => {
    const own = await temporaryFolder();
    onTestFinished(() => own.remove());
    const options = { dataDir: own.path, providers: 1, every: 2 ** 30 };
    let restarted = await startService({ ...options, port: 0 });
    onTestFinished(() => restarted.close());
    const page = await openPage(browser, restarted.url);
    await choose(page, cat);
    await card(page, 'cat.jpg')
      .getByText(/Place 1 in the queue/)
      .waitFor();
    await restarted.close();
    await card(page, 'cat.jpg').getByText('The service cannot be reached. Trying again').waitFor();
    restarted = await startService({ ...options, port: Number(new URL(restarted.url).port) });
    await runFor(page, 'cat.jpg', restarted);
    await card(page, 'cat.jpg').getByText('Egyptian cat').waitFor();
  });

  it('erases', async () => {
    const page = await open();
    await choose(page, coffee);
    const link = await card(page, 'coffee.jpg').getByRole('link').getAttribute('href');
    await card(page, 'coffee.jpg').getByRole('button', { name: 'Erase coffee.jpg' }).click();
    await card(page, 'coffee.jpg').waitFor({ state: 'detached' });
    const elsewhere = await open(link ?? '');
    await elsewhere.locator('.card').getByText('There is no such result').waitFor();
  });

  it('can be used by keyboard alone', async () => {
    const page = await open();
    // Asked for this early, so that the browser opens no dialogue of its own.
    const chooser = page.waitForEvent('filechooser');
    await page.locator('#model option[value=starter]').waitFor({ state: 'attached' });
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName);
    const stops: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('Tab');
      stops.push(String(await focused()));
    }
    expect(stops).toEqual(['A', 'model', 'files']);
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(cat);
    await card(page, 'cat.jpg').getByRole('link').waitFor();
    for (const stop of ['A', 'BUTTON']) {
      await page.keyboard.press('Tab');
      expect(await focused()).toBe(stop);
    }
    await page.keyboard.press('Enter');
    await card(page, 'cat.jpg').waitFor({ state: 'detached' });
    expect(await focused()).toBe('files');
  });
});

describe.each([
  ['light', { colorScheme: 'light', viewport: { width: 1000, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1000, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const)('in %s', (name, options) => {
  it('has no serious fault that axe knows, and fits', async () => {
    // Its rules are another script: this page alone may run it.
    const page = await open('', { ...options, bypassCSP: true });
    await choose(page, cat, file('broken.jpg', Buffer.from('text')));
    await runFor(page, 'cat.jpg');
    await card(page, 'cat.jpg').getByText('Egyptian cat').waitFor();
    await choose(page, coffee);
    await card(page, 'coffee.jpg')
      .getByText(/Place \d+ in the queue/)
      .waitFor();
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> };
      };
      return (await axe.run()).violations.map(({ id, impact }) => `${impact}: ${id}`);
    });
    await screenshot(page, name);
    expect(await page.getByLabel('Take a photo').isVisible()).toBe(name === 'phone');
    const text = await card(page, 'broken.jpg').getByText('not an image').boundingBox();
    expect(text?.width).toBeGreaterThan(280);
    expect(violations.filter((violation) => /^(serious|critical)/.test(violation))).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
