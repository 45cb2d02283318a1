import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { catalogue, type Family, type ModelId } from '../../core/catalogue.ts';
import { installedModels, modelFile } from '../models.ts';
import { stagedModels } from './layout.ts';
import { bundleProgram } from './program.ts';
import { copyInference, requireLinuxProgram } from './runtime.ts';
import { replaceStaged } from './target.ts';

export interface StageOptions {
  readonly family: Family;
  /** Directories with networks; of two networks with the same id, that of the first directory is taken. */
  readonly modelDirs: readonly string[];
  /** A Node 24 for linux on x86-64. */
  readonly node: string;
}

export interface StagedImage {
  readonly models: readonly ModelId[];
  /** Networks of the family that are not installed. */
  readonly missing: readonly ModelId[];
}

/** Paths are relative to the script, so that it runs as /usr/local/bin/classify and from the staging folder. */
const command = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
unset MLG_MODELS NODE_OPTIONS
exec "$here/node" "$here/../lib/mlg/classify.mjs" "$@"
`;

/**
 * Makes `root` what a family's provider image has below /usr/local, and nothing else: `bin/classify`, `bin/node`, and in
 * `lib/mlg` the program, ONNX Runtime and the networks. One that was staged there before is replaced.
 * @throws Error when no network of the family is installed, `node` is for another machine, or `root` holds something else
 */
export async function stageImage(root: string, { family, modelDirs, node }: StageOptions): Promise<StagedImage> {
  const installed = await installedModels(modelDirs);
  const ofFamily = catalogue.filter((model) => model.family === family).map(({ id }) => id);
  const models = ofFamily.filter((id) => installed[id]);
  if (models.length === 0) {
    throw new Error(`No network of the family ${family} is installed. Get one: npm run zoo -- pull ${ofFamily[0]}`);
  }
  await requireLinuxProgram(node);
  await replaceStaged(root, async (part) => {
    const bin = path.join(part, 'bin');
    const program = path.join(part, 'lib', 'mlg');
    await mkdir(bin, { recursive: true });
    await writeFile(path.join(bin, 'classify'), command, { mode: 0o755 });
    await copyFile(node, path.join(bin, 'node'));
    await chmod(path.join(bin, 'node'), 0o755);
    await bundleProgram(program);
    await copyInference(program);
    await copyNetworks(stagedModels(part), models, modelDirs);
  });
  return { models, missing: ofFamily.filter((id) => !installed[id]) };
}

async function copyNetworks(to: string, models: readonly ModelId[], modelDirs: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const id of models) {
    const network = await modelFile(modelDirs, id);
    if (!network) continue;
    await copyFile(network, path.join(to, `${id}.onnx`));
    await copyFile(network.replace(/\.onnx$/, '.json'), path.join(to, `${id}.json`));
  }
}
