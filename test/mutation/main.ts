import { globSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';

type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

/** Files, and the suites that must notice every change of what they do. */
interface Group {
  readonly name: string;
  readonly files: readonly string[];
  readonly suites: readonly string[];
}

/** The rules: what has no input or output of its own, and the rows, which decide who works on what. */
const groups: readonly Group[] = [
  {
    name: 'rules',
    files: [
      'core/*.ts',
      'process/{concurrency,options}.ts',
      'requestor/{metrics,run,summary,work-on-chunk}.ts',
      'requestor/golem/{bills,pages,spending}.ts',
      'requestor/lock/hold.ts',
    ],
    suites: [
      'test/core/*.test.ts',
      'test/process/{concurrency,options}.test.ts',
      'test/requestor/{blame,lock,metrics,run,run-queues,spending,summary,work-on-chunk}.test.ts',
      'test/requestor-golem/{bills,pages}.test.ts',
    ],
  },
  { name: 'items', files: ['aws/request-item.ts'], suites: ['test/aws/request-item.test.ts'] },
  { name: 'rows', files: ['aws/dynamo-rows.ts'], suites: ['test/aws/{contracts,dynamo-rows}.test.ts'] },
];
const left = [
  // A table, which a test compares with the class index that Keras downloads.
  'core/labels.ts',
  // Runs thousands of interleavings: too slow to be run for each change.
  'test/core/erasure.test.ts',
];
/** Percent of a file's mutants that must be noticed. */
const required = 95;

const folder = path.join('.mlg', 'mutation');
const temporary = path.join(folder, 'tmp');

/** Changes files in every way that Stryker knows, one change at a time, and checks that a test fails. */
async function main(asked: readonly string[]): Promise<number> {
  const known = groups.map((group) => ({ ...group, files: globSync([...group.files], { exclude: left }) }));
  const unknown = asked.filter((file) => !known.some(({ files }) => files.includes(file)));
  if (unknown.length > 0) {
    console.error(`usage: npm run mutation -- [file ...]\nnot among the files to mutate: ${unknown.join(', ')}`);
    return 2;
  }
  await rm(folder, { recursive: true, force: true });
  // Processes that are ended at a deadline leave their temporary files.
  await mkdir(temporary, { recursive: true });
  process.env.TMPDIR = path.resolve(temporary);
  const mutants: Mutant[] = [];
  for (const { name, files, suites } of known) {
    const mutate = asked.length > 0 ? files.filter((file) => asked.includes(file)) : files;
    if (mutate.length > 0) mutants.push(...(await mutantsOf(name, mutate, globSync([...suites], { exclude: left }))));
  }
  await rm(temporary, { recursive: true });
  return report(mutants);
}

async function mutantsOf(name: string, mutate: string[], suites: readonly string[]): Promise<Mutant[]> {
  process.env.MUTATION_SUITES = JSON.stringify(suites);
  return new Stryker({
    ...{ mutate, testRunner: 'vitest', plugins: ['@stryker-mutator/vitest-runner'], concurrency: 2 },
    reporters: ['progress', 'html'],
    vitest: { configFile: path.join('test', 'mutation', 'vitest.config.ts') },
    htmlReporter: { fileName: path.join(folder, `${name}.html`) },
    tempDirName: path.join(folder, 'sandboxes'),
    // Stryker would rewrite tsconfig.json by an interface that TypeScript 7 does not have.
    ignorePatterns: ['.mlg', 'cdk.out', 'tsconfig.json'],
    allowConsoleColors: false,
  }).runMutationTest();
}

/** Prints what no test noticed and each file's score. Returns the exit code: 0 when each file has the score required. */
function report(mutants: readonly Mutant[]): number {
  const byFile = Map.groupBy(mutants.filter(isValid), ({ fileName }) => path.relative('', fileName));
  let code = byFile.size > 0 ? 0 : 1;
  for (const [file, all] of [...byFile].sort(([a], [b]) => a.localeCompare(b))) {
    const unnoticed = all.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
    const score = 100 * (1 - unnoticed.length / all.length);
    if (score < required) code = 1;
    console.log(`${score.toFixed(1).padStart(5)} %  ${file}: ${all.length - unnoticed.length} of ${all.length}`);
    for (const { location, mutatorName, replacement } of unnoticed) {
      const at = `${file}:${location.start.line}:${location.start.column}`;
      console.log(`         ${at} ${mutatorName}: ${replacement.replaceAll(/\s+/g, ' ')}`);
    }
  }
  console.log(code === 0 ? 'Each file has its score.' : `Each file must have ${required} %.`);
  return code;
}

const isValid = ({ status }: Mutant) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status);

process.exitCode = await main(process.argv.slice(2));
