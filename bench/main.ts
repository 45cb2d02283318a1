import os from 'node:os';
import { OptionError } from '../process/options.ts';

type Benchmark = () => Promise<{ run(args: readonly string[]): Promise<void> }>;

/** Each benchmark prints a table; figures are ratios taken in one run, because machines are noisy. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  image: () => import('./image.ts'),
  costly: () => import('./costly.ts'),
  zoo: () => import('./zoo.ts'),
  original: () => import('./original.ts'),
  bundles: () => import('./bundles.ts'),
  load: () => import('./load.ts'),
};

const [asked, ...args] = process.argv.slice(2);
if (asked !== undefined && !Object.hasOwn(benchmarks, asked)) {
  console.error(`There is no benchmark ${asked}. There are: ${Object.keys(benchmarks).join(', ')}.`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${os.availableParallelism()} cores, ${os.cpus()[0]?.model ?? 'unknown processor'}`,
);
for (const [name, load] of Object.entries(benchmarks)) {
  if (asked !== undefined && name !== asked) continue;
  console.log(`\n== ${name}`);
  const { run } = await load();
  try {
    await run(args);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}
