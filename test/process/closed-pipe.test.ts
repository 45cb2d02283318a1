import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..');

/** Runs a program whose reader has gone before it writes anything. */
async function unread(args: readonly string[], gone: 'stdout' | 'stderr') {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit');
  child[gone].destroy();
  const other = await text(gone === 'stdout' ? child.stderr : child.stdout);
  const [code] = await exit;
  return { code, other };
}

test.each([
  ['cli/main.ts', '--help'],
  ['bin/mlg.js', 'predict', '--help'],
  ['golem-image/zoo/main.ts', 'list'],
])('%s %s ends without a word when nobody reads what it prints, as if SIGPIPE had ended it', async (...args) => {
  expect(await unread(args, 'stdout')).toEqual({ code: 141, other: '' });
});

test.each([
  ['cli/main.ts', 'nonsense'],
  ['golem-image/zoo/main.ts', 'nonsense'],
])('%s %s does so when nobody reads its complaints', async (...args) => {
  expect(await unread(args, 'stderr')).toEqual({ code: 141, other: '' });
});
