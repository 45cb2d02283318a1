import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..');
const dockerfile = (file: string) => readFileSync(path.join(root, file), 'utf8');

test('the requestor’s image lacks nothing that its programs import', async () => {
  const file = dockerfile('requestor/Dockerfile');
  const copied = [...file.matchAll(/^COPY (\w+) \1$/gm)].map(([, folder]) => folder);
  const removed = [...file.matchAll(/node_modules\/(@?[\w-]+)/g)].map(([, name]) => name);
  expect(removed).toContain('onnxruntime-node');
  const programs = ['requestor/main.ts', 'requestor/golem/family-main.ts', 'requestor/lock/main.ts'];
  for (const input of await inputsOf(programs)) {
    const [folder, ...rest] = input.split('/');
    if (folder === 'node_modules') expect(removed).not.toContain(rest[0]);
    else expect(copied).toContain(folder);
  }
});

test('the daemon’s image holds all files of its programs, and they take no package', async () => {
  const file = dockerfile('requestor/yagna/Dockerfile');
  expect(file).toContain('COPY requestor/yagna/*.ts requestor/yagna/');
  for (const input of await inputsOf(['requestor/yagna/main.ts', 'requestor/yagna/healthy.ts'])) {
    if (path.dirname(input) !== 'requestor/yagna') expect(file).toContain(`COPY ${input} ${input}`);
  }
});

test('the daemon is held by its checksum', () => {
  expect(dockerfile('requestor/yagna/Dockerfile')).toContain('--require-hashes');
  expect(dockerfile('requestor/yagna/requirements.txt')).toMatch(/^golem-node==[\d.]+ --hash=sha256:[0-9a-f]{64}\n$/);
});

test('every base image is held by its digest, and Node is the release that the repository runs', () => {
  const files = ['requestor/Dockerfile', 'requestor/yagna/Dockerfile', 'golem-image/Dockerfile'];
  const bases = files.flatMap((file) =>
    [...dockerfile(file).matchAll(/^FROM (?:--\S+ )?(\S+)/gm)].map(([, base]) => base),
  );
  expect(bases).toHaveLength(5);
  for (const base of bases) expect(base).toMatch(/^(node|debian):[\w.-]+@sha256:[0-9a-f]{64}$/);
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const nodes = bases.filter((base) => base?.startsWith('node:'));
  expect(new Set(nodes.map((base) => base?.split('@')[0]))).toEqual(new Set([`node:${devDependencies.node}-slim`]));
});

/** The files that go into a program, from the repository's root. */
async function inputsOf(programs: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: programs.map((program) => path.join(root, program)),
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    outdir: 'none',
    logLevel: 'error',
  });
  return Object.keys(metafile.inputs);
}
