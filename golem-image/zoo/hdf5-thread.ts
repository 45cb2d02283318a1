import { workerData } from 'node:worker_threads';
import { openHdf5Weights } from './hdf5-weights.ts';
import type { Opening, Reply, Wanted } from './weight-file.ts';

/** Opens a weight file, says whether that went well, and then gives the arrays that it is asked for. */
const { path, layers, port, turn } = workerData as Opening;
const weights = openHdf5Weights(path, layers);

await reply(async () => {
  await weights;
  return {};
});
port.on('message', ({ layer, array, shape }: Wanted) =>
  reply(async () => ({ values: (await weights)(layer, array, shape) })),
);

async function reply(step: () => Promise<Reply>): Promise<void> {
  const said = await step().catch((error: Error): Reply => ({ refusal: error.message }));
  const moved = said.values && [said.values.buffer as ArrayBuffer];
  port.postMessage(said, moved);
  Atomics.store(turn, 0, 1);
  Atomics.notify(turn, 0);
}
