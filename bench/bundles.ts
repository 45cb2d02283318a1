import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bytesOf } from '../golem-image/stage/sizes.ts';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { median } from './median.ts';

const exec = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const starts = 15;

/** What a bundle may weigh (MB) and take to load (ms) on two cores. */
const targets: Readonly<Record<string, { readonly mb: number; readonly ms: number }>> = {
  'functions/read-prediction.ts': { mb: 1, ms: 120 },
  'functions/request-prediction.ts': { mb: 25, ms: 250 },
};

/** Loads each function's bundle as Lambda would: alone in a folder, in a fresh process, with that function's variables. */
export async function run(): Promise<void> {
  await using out = await temporaryFolder('mlg-bundles-');
  await synthesize(out.path);
  const template = JSON.parse(await readFile(path.join(out.path, 'mlg.template.json'), 'utf8'));
  console.log(`function                            MB   best ms median ms   target (of ${starts} starts)`);
  for (const { Type, Metadata } of Object.values<Resource>(template.Resources)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    await report(Metadata['mlg:source'], path.join(out.path, Metadata['aws:asset:path']));
  }
}

interface Resource {
  readonly Type: string;
  readonly Metadata: Readonly<Record<'mlg:source' | 'aws:asset:path', string>>;
}

async function synthesize(out: string): Promise<void> {
  const settings = { apiKeys: true, models: { starter: { sha256: 'a'.repeat(64), weights: 'official' } } };
  const args = ['synth', '--quiet', '--output', out, '--context', `mlg=${JSON.stringify(settings)}`];
  await exec(process.execPath, [path.join(root, 'node_modules/aws-cdk/bin/cdk'), ...args], { cwd: root });
}

async function report(source: string, bundle: string): Promise<void> {
  await using alone = await temporaryFolder('mlg-bundle-');
  await cp(bundle, alone.path, { recursive: true });
  const times: number[] = [];
  for (let start = 0; start < starts; start++) times.push(await initMs(alone.path));
  const target = targets[source];
  const mb = (await bytesOf(alone.path)) / 1e6;
  const wanted = target ? `${target.mb} MB, ${target.ms} ms` : '';
  const columns = [
    mb.toFixed(2).padStart(6),
    Math.min(...times)
      .toFixed(0)
      .padStart(10),
    median(times).toFixed(0).padStart(10),
  ];
  console.log(`${source.padEnd(32)}${columns.join('')}   ${wanted}`);
}

/** From the process' own start of loading to the handler being there: Lambda's init, without the start of Node. */
async function initMs(folder: string): Promise<number> {
  const program = `const t = performance.now(); const { handler } = await import('./index.mjs');
    if (typeof handler !== 'function') throw new Error('no handler'); console.log(performance.now() - t);`;
  const env = {
    TABLE_NAME: 't',
    OPERATIONS_TABLE: 'o',
    BUCKET_NAME: 'b',
    RESULT_DAYS: '30',
    MODELS: '{}',
    AWS_REGION: 'us-east-1',
  };
  const { stdout } = await exec(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder, env });
  return Number(stdout);
}
