import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** The page in one document, and what its Content-Security-Policy must allow. */
export interface BuiltPage {
  readonly html: string;
  /** Source expressions. */
  readonly script: string;
  readonly style: string;
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Where the page's function reads it. */
const target = path('../functions/page.json');

let built: BuiltPage | undefined;

/** Builds the page for the function that serves it. Once a process; others may do so at the same time. */
export function buildPage(): BuiltPage {
  if (built) return built;
  const script = bundled('main.ts');
  const style = bundled('style.css');
  const html = readFileSync(path('index.html'), 'utf8')
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`);
  built = { html, script: hashOf(script), style: hashOf(style) };
  const part = `${target}.${process.pid}.part`;
  writeFileSync(part, JSON.stringify(built));
  renameSync(part, target);
  return built;
}

function bundled(name: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [path(name)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    legalComments: 'none',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
