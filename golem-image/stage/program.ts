import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

const sources = path.join(import.meta.dirname, '..');

/** Bundles `classify` and its thread into `dir`; onnxruntime-node, native code, stays beside them. */
export async function bundleProgram(dir: string): Promise<void> {
  await build({
    entryPoints: ['classify', 'file-hash-thread'].map((name) => path.join(sources, `${name}.ts`)),
    outdir: dir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['onnxruntime-node'],
    plugins: [threadsByNewName],
    logLevel: 'error',
  });
}

/** A thread is started by its file's name, which bundling changes. */
const threadsByNewName: Plugin = {
  name: 'threads-by-new-name',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]file-hash\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const contents = source.replace("'file-hash-thread.ts'", "'file-hash-thread.mjs'");
      if (contents === source) return { errors: [{ text: 'It no longer starts file-hash-thread.ts.' }] };
      return { contents, loader: 'ts' };
    });
  },
};
