/** `npm run image -- <family>`: stages a family's provider image in a folder, and prints its size. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue, type Family } from '../../core/catalogue.ts';
import { ownModelDirs } from '../models.ts';
import { imageSizes, tensorflowMb } from './sizes.ts';
import { stageImage } from './stage.ts';

const families = [...new Set(catalogue.map(({ family }) => family))];
const usage = `usage: npm run image -- <family> [--out .mlg/images/<family>] [--models .mlg/models] [--node <file>]
The families are: ${families.join(', ')}.
--node names a Node 24 for linux on x86-64; by default the one that runs this.`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      models: { type: 'string', default: path.join('.mlg', 'models') },
      node: { type: 'string', default: process.execPath },
    },
  });
  const family = families.find((name) => name === positionals[0]);
  if (!family || positionals.length > 1) {
    console.error(usage);
    return 2;
  }
  const out = path.resolve(values.out ?? path.join('.mlg', 'images', family));
  const modelDirs = [...ownModelDirs, path.resolve(values.models)];
  const { models, missing } = await stageImage(out, { family, modelDirs, node: values.node });
  await report(family, out, models);
  if (missing.length > 0) console.log(`Not installed, and so not in it: ${missing.join(', ')}.`);
  return 0;
}

async function report(family: Family, out: string, models: readonly string[]): Promise<void> {
  const { node, runtime, networks, program } = await imageSizes(out);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`.padStart(10);
  console.log(`${out}
${mb(networks)}  networks: ${models.join(', ')}
${mb(node)}  Node
${mb(runtime)}  ONNX Runtime
${mb(program)}  the program
${mb(node + runtime + networks + program)}  together, on Debian's slim base
${mb(networks + tensorflowMb * 1e6)}  the same with Python's TensorFlow, without Python itself

Then, where there is Docker:
  docker build -f golem-image/Dockerfile -t mlg-${family} ${path.relative('.', out) || '.'}
  npx @golem-sdk/gvmkit-build mlg-${family} --push --nologin`);
}
