import { cp, open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Files of onnxruntime-node for linux x64, the only platform of providers. */
const inferenceFiles = ['package.json', 'dist', path.join('bin', 'napi-v6', 'linux', 'x64')];
const commonFiles = ['package.json', path.join('dist', 'cjs')];

/** Copies ONNX Runtime into `dir`/node_modules. */
export async function copyInference(dir: string): Promise<void> {
  const inference = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const common = createRequire(inference).resolve('onnxruntime-common');
  const packages = {
    'onnxruntime-node': { from: path.dirname(inference), files: inferenceFiles },
    'onnxruntime-common': { from: path.resolve(path.dirname(common), '..', '..'), files: commonFiles },
  };
  for (const [name, { from, files }] of Object.entries(packages)) {
    for (const file of files) {
      const to = path.join(dir, 'node_modules', name, file);
      await cp(path.join(from, file), to, { recursive: true, filter: (source) => !/\.(map|d\.ts)$/.test(source) });
    }
  }
}

/** @throws Error when a file is not a program for linux on x86-64 */
export async function requireLinuxProgram(file: string): Promise<void> {
  const head = Buffer.alloc(20);
  const opened = await open(file);
  await opened.read(head, 0, head.length, 0);
  await opened.close();
  // An ELF file: its magic number, and which processor it is for.
  if (head.readUInt32BE(0) !== 0x7f454c46 || head.readUInt16LE(18) !== 62) {
    throw new Error(`${file} is not a Node for linux on x86-64. Name one with --node, or stage on such a machine.`);
  }
}
