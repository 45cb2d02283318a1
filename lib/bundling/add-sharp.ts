/**
 * add-sharp <directory>: puts sharp with its native code for Lambda (linux, x64, glibc) into the directory's
 * node_modules. From this repository's own node_modules where they hold that platform's packages, else by npm.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = ['@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64'];
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

const [target] = process.argv.slice(2);
if (!target) throw new Error('Usage: add-sharp <directory>');
if (native.every((name) => existsSync(join(modules, name)))) copy(target);
else install(target);

function copy(target: string): void {
  for (const name of [...withDependencies('sharp'), ...native]) {
    cpSync(join(modules, name), join(target, 'node_modules', name), { recursive: true });
  }
}

function install(target: string): void {
  const platform = ['--os=linux', '--cpu=x64', '--libc=glibc'];
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
  const sharp = `sharp@${manifest('sharp').version}`;
  const shell = process.platform === 'win32';
  execFileSync('npm', ['install', '--prefix', target, ...platform, ...quiet, sharp], { stdio: 'inherit', shell });
}

function withDependencies(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const dependency of Object.keys(manifest(name).dependencies ?? {})) withDependencies(dependency, found);
  return found;
}

function manifest(name: string): { version: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
}
