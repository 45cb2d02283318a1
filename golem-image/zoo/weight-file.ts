import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { WeightedLayer } from './build.ts';
import { WeightFileError } from './errors.ts';
import type { Weights } from './layer.ts';

/** An open HDF5 file of weights. Arrays are read when they are asked for. */
export interface WeightFile {
  readonly weights: Weights;
  close(): Promise<void>;
}

/** What the thread that reads is given. */
export interface Opening {
  readonly path: string;
  readonly layers: readonly WeightedLayer[];
  readonly port: MessagePort;
  /** 1 when the thread has replied. */
  readonly turn: Int32Array;
}

export interface Wanted {
  readonly layer: number;
  readonly array: number;
  readonly shape: readonly number[];
}

export interface Reply {
  readonly values?: Float32Array;
  /** Why there is nothing. */
  readonly refusal?: string;
}

/** ms for opening, and for one array: the largest, of 411 MB, comes from a disk in seconds. */
const patience = 120_000;

/**
 * Opens weights in Keras' legacy HDF5 layout (a weights-only file or a whole saved model) and checks that they fit.
 * As in Keras, the file's weighted layers and the network's are matched by position alone: names in old files differ.
 * A thread of its own reads, because on some damaged files HDF5 aborts, and on some it never comes to an end.
 * @param layers the network's weighted layers, from `layersOf`.
 * @param deadlineMs how long the file may keep HDF5 busy at a time
 * @throws WeightFileError if the file is missing, damaged, laid out otherwise, or has other counts or shapes. Asking
 * for an array throws it too, when the array cannot be read or holds something that is not a finite number.
 */
export async function openWeightFile(
  path: string,
  layers: readonly WeightedLayer[],
  deadlineMs = patience,
): Promise<WeightFile> {
  const { port1: port, port2 } = new MessageChannel();
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const workerData: Opening = { path, layers, port: port2, turn };
  // Its stderr is kept from the user's: HDF5 says there again what it throws.
  const thread = new Worker(new URL('hdf5-thread.ts', import.meta.url), {
    workerData,
    transferList: [port2],
    stderr: true,
  });
  thread.on('error', () => undefined); // There is no reply then, and the deadline says so.

  const reply = (): Reply => {
    if (!takeTurn(turn, deadlineMs)) {
      throw new WeightFileError(`${path} is damaged: HDF5 was not done with it after ${deadlineMs / 1000} s.`);
    }
    const { message } = receiveMessageOnPort(port) as { message: Reply };
    if (message.refusal !== undefined) throw new WeightFileError(message.refusal);
    return message;
  };
  const close = async () => {
    port.close();
    await thread.terminate();
  };
  try {
    reply();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    weights(layer, array, shape) {
      port.postMessage({ layer, array, shape } satisfies Wanted);
      return reply().values as Float32Array;
    },
    close,
  };
}

/**
 * Waits until the other thread has set `turn` to 1, and sets it back to 0. The value decides, not the notification: that of
 * the last reply may come so late that it wakes the wait for the next one.
 * @returns whether it was set in time
 */
export function takeTurn(turn: Int32Array, deadlineMs: number): boolean {
  while (Atomics.compareExchange(turn, 0, 1, 0) === 0) {
    if (Atomics.wait(turn, 0, 0, deadlineMs) === 'timed-out') return false;
  }
  return true;
}
