#!/usr/bin/env node
// The command line; runs under the Node among our packages when this one is too old to run TypeScript.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(program);
} else {
  const folder = path.dirname(createRequire(import.meta.url).resolve('node/package.json'));
  const node = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both processes; the child decides how it ends.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
