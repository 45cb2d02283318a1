import os from 'node:os';

/** Each benchmark prints a table; figures are ratios taken in one run, because machines are noisy. */
const benchmarks: Record<string, () => Promise<{ run(): Promise<void> }>> = {
  image: () => import('./image.ts'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${os.availableParallelism()} cores, ${os.cpus()[0]?.model ?? 'unknown processor'}`,
);
for (const name of asked.length > 0 ? asked : Object.keys(benchmarks)) {
  console.log(`\n== ${name}`);
  const { run } = await (benchmarks[name] as (typeof benchmarks)[string])();
  await run();
}
