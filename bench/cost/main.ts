/** `npm run cost -- [--glm <dollars>]`: what the service costs a month, beside managed alternatives. */
import { parseArgs } from 'node:util';
import { number } from '../../process/options.ts';
import { capacity, costOf, tiered, type Usage, usual } from './model.ts';
import { alternatives } from './prices.ts';

const runSeconds = 360;
/** Predictions a month, and the providers that the runs' time then takes. */
const volumes: readonly { readonly predictions: number; readonly usage: Usage }[] = [1e3, 1e5, 1e7].map(
  (predictions) => {
    let usage = usual;
    while (capacity(runSeconds, usage) < predictions) usage = { ...usage, providers: usage.providers * 2 };
    return { predictions, usage };
  },
);

const glmDollars = readGlm();

const costs = volumes.map(({ predictions, usage }) => costOf(predictions, usage));
const row = (label: string, cells: readonly string[]) =>
  console.log(label.padEnd(40) + cells.map((cell) => cell.padStart(12)).join(''));
const money = (amount: number) => amount.toFixed(2);

row(
  'Dollars a month, us-east-1',
  volumes.map(({ predictions }) => predictions.toLocaleString('en-US')),
);
for (const name of Object.keys(costs[0]?.dollars ?? {}))
  row(
    name,
    costs.map(({ dollars }) => money(dollars[name] ?? 0)),
  );
row(
  'Together',
  costs.map(({ total }) => money(total)),
);
row(
  'To providers at most, GLM',
  costs.map(({ glm }) => money(glm)),
);
if (glmDollars !== undefined) {
  row(
    `With GLM at ${glmDollars} dollars`,
    costs.map(({ total, glm }) => money(total + glm * glmDollars)),
  );
}
row(
  'Providers at once',
  volumes.map(({ usage }) => String(usage.providers)),
);
console.log();
for (const [name, tiers] of Object.entries(alternatives)) {
  row(
    name,
    volumes.map(({ predictions }) => money(tiered(predictions, tiers))),
  );
}

/** Dollars for 1 GLM. */
function readGlm(): number | undefined {
  try {
    const { glm } = parseArgs({ options: { glm: { type: 'string' } } }).values;
    return glm === undefined ? undefined : number('--glm', glm, 0, 1e6);
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: npm run cost -- [--glm <dollars for 1 GLM>]`);
    process.exit(2);
  }
}
