import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');

interface Layer {
  /** Folders of the repository, or files in them, that it may import beside itself. */
  readonly knows: readonly string[];
  /** Packages that it may import; `node:` stands for all of Node's own. */
  readonly packages: readonly string[];
}

const everything = [
  'aws',
  'bin',
  'cli',
  'core',
  'functions',
  'golem-image',
  'imaging',
  'lib',
  'local',
  'process',
  'requestor',
  'web',
];
const awsNames = ['aws/metrics.ts', 'aws/names.ts', 'aws/settings.ts'];
const cdk = ['aws-cdk-lib', 'constructs'];
const anything = [''];

/** Who may import whom. A file belongs to the longest path that it lies under; what is not allowed is an error. */
const layers: Readonly<Record<string, Layer>> = {
  core: { knows: [], packages: ['node:crypto', 'valibot'] },
  imaging: { knows: ['core'], packages: ['sharp'] },
  aws: { knows: ['core'], packages: ['node:crypto', 'node:util', '@aws-sdk/', 'p-limit', 'pino', 'valibot'] },
  functions: {
    knows: ['aws', 'core', 'imaging'],
    packages: ['node:', '@fastify/busboy', '@middy/core', 'aws-lambda', 'valibot'],
  },
  requestor: { knows: ['aws', 'core', 'process', 'requestor/golem'], packages: ['node:'] },
  'requestor/golem': { knows: ['core', 'process'], packages: ['node:', '@golem-sdk/', 'flatbuffers', 'ws'] },
  'golem-image': { knows: ['core', 'process'], packages: ['node:', 'esbuild', 'onnxruntime-node', 'valibot'] },
  'golem-image/zoo': {
    knows: ['core', 'golem-image', 'process'],
    packages: ['node:', 'h5wasm', 'protobufjs', 'valibot'],
  },
  cli: { knows: ['core', 'process'], packages: ['node:', 'valibot'] },
  web: { knows: [], packages: [] },
  'web/build.ts': { knows: ['web'], packages: ['node:', 'esbuild'] },
  lib: {
    knows: ['core', ...awsNames, 'functions/routes.ts', 'golem-image/models.ts', 'web/build.ts', 'cdk.json'],
    packages: ['node:', ...cdk, 'valibot'],
  },
  process: { knows: [], packages: ['node:', 'p-map'] },
  local: { knows: everything, packages: anything },
  'local/golem': { knows: ['process'], packages: ['node:', 'flatbuffers', 'valibot', 'ws'] },
  bin: { knows: ['aws', 'cli', 'core', 'lib'], packages: ['node:', ...cdk, 'cdk-nag'] },
  bench: { knows: [...everything, 'test'], packages: anything },
  test: { knows: [...everything, 'bench', 'cdk.json'], packages: anything },
};

test('every folder imports what its layer may, and nothing else', () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(300);
  const wrong = files.flatMap((file) => faultsOf(file, readFileSync(path.join(root, file), 'utf8')));
  expect(wrong).toEqual([]);
});

test.each([
  ['aws/x.ts', "import { MlgStack } from '../lib/mlg-stack.ts';", 'aws/x.ts -> lib/mlg-stack.ts'],
  ['core/x.ts', "export * from '../cli/mlg.ts';", 'core/x.ts -> cli/mlg.ts'],
  ['core/x.ts', "import { readFile } from 'node:fs/promises';", 'core/x.ts -> node:fs/promises'],
  [
    'requestor/x.ts',
    "import type { Log } from '../functions/http/types.ts';",
    'requestor/x.ts -> functions/http/types.ts',
  ],
  ['requestor/golem/x.ts', "import { logger } from '../log.ts';", 'requestor/golem/x.ts -> requestor/log.ts'],
  ['lib/x.ts', "import { s3Client } from '../aws/clients.ts';", 'lib/x.ts -> aws/clients.ts'],
  ['web/x.ts', "const x = await import('../core/labels.ts');", 'web/x.ts -> core/labels.ts'],
  ['cli/x.ts', "import {\n  a,\n  b,\n} from '../aws/clients.ts';", 'cli/x.ts -> aws/clients.ts'],
  ['local/golem/x.ts', "import '../cloud/cloud.ts';", 'local/golem/x.ts -> local/cloud/cloud.ts'],
  ['functions/x.ts', "let x: import('@aws-sdk/client-s3').S3Client;", 'functions/x.ts -> @aws-sdk/client-s3'],
  [
    'golem-image/x.ts',
    "new Worker(new URL('../local/golem/main.ts', import.meta.url));",
    'golem-image/x.ts -> local/golem/main.ts',
  ],
  ['unheard-of/x.ts', '', 'unheard-of/x.ts -> a layer of its own'],
])('it would find: in %s, %s', (file, source, fault) => {
  expect(faultsOf(file, source)).toEqual([fault]);
});

/** Its imports that no layer allows, as `<file> -> <what>`. */
function faultsOf(file: string, source: string): string[] {
  const layer = layerOf(file);
  if (!layer) return [`${file} -> a layer of its own`];
  const [name, { knows, packages }] = layer;
  return importsOf(source).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      const allowed = packages.some((each) =>
        /[:/]$|^$/.test(each) ? specifier.startsWith(each) : isIn(specifier, each),
      );
      return allowed ? [] : [`${file} -> ${specifier}`];
    }
    const target = path.posix.join(path.posix.dirname(file), specifier);
    // Typed by hand, where a package hides them.
    if (target.startsWith('node_modules/') && packages === anything) return [];
    const [targetLayer] = layerOf(target) ?? [];
    const allowed = targetLayer === name || knows.some((each) => isIn(target, each));
    return allowed ? [] : [`${file} -> ${target}`];
  });
}

/** What is imported, exported from elsewhere, or started as a thread or process of its own. */
function importsOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const statements = /(?:^|;)\s*(?:import|export)\s[^'"`;()]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm;
  const expressions = /\bimport\(\s*['"]([^'"]+)['"]|\bnew URL\(\s*['"](\.[^'"]+\.ts)['"]/g;
  return [...code.matchAll(statements), ...code.matchAll(expressions)].map(([, a, b]) => a ?? b ?? '');
}

function layerOf(file: string): readonly [string, Layer] | undefined {
  const names = Object.keys(layers).filter((name) => isIn(file, name));
  const name = names.sort((a, b) => b.length - a.length)[0];
  const layer = name === undefined ? undefined : layers[name];
  return name !== undefined && layer ? [name, layer] : undefined;
}

function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function sourceFiles(): string[] {
  const own = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !['node_modules', 'cdk.out'].includes(entry.name),
  );
  return own.flatMap(({ name }) =>
    readdirSync(path.join(root, name), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.posix.join(name, file.replaceAll(path.sep, '/'))),
  );
}
