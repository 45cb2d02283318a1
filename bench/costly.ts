import { prepareImage } from '../imaging/prepare.ts';
import { type CostlyImage, costlyImages, heaviestImages } from '../test/support/costly-images.ts';
import { median } from './median.ts';

/** The largest input of a network, pixels. */
const size = 331;
const rounds = 5;
/** The least that is promised: nothing that is taken costs more, ms of a processor. */
const promised = 2000;

/**
 * What files cost that were made to cost as much as can be, in processor time of preparing or refusing them, medians; at
 * last the ratio of the costliest to what is promised.
 */
export async function run(): Promise<void> {
  const heaviest = await medians(heaviestImages());
  const plain = heaviest[0] as readonly [CostlyImage, number];
  print('taken, at the limits', heaviest, plain[1]);
  print('made to be costly', await medians(costlyImages()), plain[1]);
  const most = Math.max(...heaviest.map(([, ms]) => ms));
  console.log(`\nThe costliest takes ${(most / promised).toFixed(2)} of the ${promised} ms that are promised.`);
}

function print(title: string, costs: readonly (readonly [CostlyImage, number])[], plain: number): void {
  console.log(`\n${title}`);
  for (const [{ name, bytes, outcome }, ms] of costs) {
    const file = `${name.padEnd(60)} ${(bytes.length / 1024).toFixed(1).padStart(7)} KiB`;
    console.log(`  ${file} ${ms.toFixed(0).padStart(6)} ms ${(ms / plain).toFixed(2).padStart(6)}  ${outcome}`);
  }
}

/** In turns, so that a noisy moment hits all alike; the first turn warms up. */
async function medians(images: readonly CostlyImage[]): Promise<(readonly [CostlyImage, number])[]> {
  const times = images.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, { name, bytes, outcome }] of images.entries()) {
      const before = process.cpuUsage();
      const found = await prepareImage(bytes, size).then(
        () => 'taken',
        ({ code }: { code: string }) => code,
      );
      const { user, system } = process.cpuUsage(before);
      if (found !== outcome) throw new Error(`${name} should be ${outcome}, but is ${found}.`);
      if (round >= 0) times[i]?.push((user + system) / 1000);
    }
  }
  return images.map((image, i) => [image, median(times[i] ?? [])] as const);
}
