import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** Posts the SHA-256 (hex) of the file whose path it was given. */
const hash = createHash('sha256');
const block = new Uint8Array(1 << 20);
const file = openSync(workerData as string, 'r');
for (let length = readSync(file, block); length > 0; length = readSync(file, block)) {
  hash.update(block.subarray(0, length));
}
closeSync(file);
parentPort?.postMessage(hash.digest('hex'));
