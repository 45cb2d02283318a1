import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Where a Chromium may be; CHROMIUM_PATH comes first. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const executablePath = [process.env.CHROMIUM_PATH ?? '', ...places].find((place) => existsSync(place));

/** Starts nothing but the browser that is there, and has it call nobody. */
export async function openBrowser(): Promise<Browser> {
  if (!executablePath) {
    const how = 'On Debian: apt-get install chromium. Elsewhere, set CHROMIUM_PATH to one.';
    throw new Error(`The browser tests need Chromium, and none is at ${places.join(', ')}. ${how}`);
  }
  const args = [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ];
  return chromium.launch({ executablePath, args });
}

/** ms; many times what it takes, because machines can be busy. */
const patience = 60_000;

/** A page at an address, which must not break its own policy nor fail in its script. It goes with its test. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) errors.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    if (errors.length > 0) throw new Error(`The page reported: ${errors.join('; ')}`);
  });
  await page.goto(url);
  return page;
}

const screenshots = path.join(import.meta.dirname, '..', '..', '.mlg', 'screenshots');

/** For people to look at, in .mlg/screenshots. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
}
