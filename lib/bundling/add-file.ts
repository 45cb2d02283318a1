/**
 * add-file <directory> <path>: puts a file or directory, named by its path from the repository's root, into a
 * directory.
 */
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const [target, path] = process.argv.slice(2);
if (!target || !path) throw new Error('Usage: add-file <directory> <path>');
cpSync(join(root, path), join(target, basename(path)), { recursive: true });
