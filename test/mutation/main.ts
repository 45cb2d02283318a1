import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';

type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

const usage = 'usage: npm run mutation -- [file ...]    such as core/answer.ts; without any: all';

/** The files in which a test must notice every change of behaviour: rules, without input or output. */
const mutated = [
  'core/*.ts',
  // A table, which a test compares with the class index that Keras downloads.
  '!core/labels.ts',
  'requestor/{concurrency,metrics,run,summary,work-on-chunk}.ts',
  'requestor/golem/{bills,spending}.ts',
  'requestor/lock/hold.ts',
];
/** Percent of a file's mutants that tests must notice. */
const required = 95;
const reports = path.join('.mlg', 'mutation');

/** Changes files in every way that Stryker knows, one change at a time, and checks that a test fails. */
async function main(files: readonly string[]): Promise<number> {
  if (files.some((file) => file.startsWith('-'))) {
    console.error(usage);
    return 2;
  }
  // Processes that are ended at a deadline leave their temporary files.
  const temporary = await mkdtemp(path.join(tmpdir(), 'mlg-mutation-'));
  process.env.TMPDIR = temporary;
  try {
    const mutants = await new Stryker({
      mutate: files.length > 0 ? [...files] : mutated,
      testRunner: 'vitest',
      plugins: ['@stryker-mutator/vitest-runner'],
      vitest: { configFile: 'test/mutation/vitest.config.ts' },
      concurrency: 2,
      reporters: ['progress', 'html'],
      htmlReporter: { fileName: path.join(reports, 'index.html') },
      tempDirName: path.join(reports, 'sandboxes'),
      // Stryker would rewrite tsconfig.json by an interface that TypeScript 7 does not have.
      ignorePatterns: ['.mlg', 'cdk.out', 'tsconfig.json'],
      allowConsoleColors: false,
    }).runMutationTest();
    return report(mutants);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
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
