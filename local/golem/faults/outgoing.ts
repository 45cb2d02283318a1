import type { Outgoing } from '../provider/transfers.ts';
import type { Strikes } from './plan.ts';

/** Faults of what certain programs write, which whoever knows these programs brings along. */
export interface Tampering {
  /** Their names, for rules. */
  readonly faults: readonly string[];
  /**
   * The file as it goes out.
   * @param strikes whether one of the faults strikes; asked only for those that concern this file
   */
  tamper(file: Uint8Array, strikes: (fault: string) => boolean): Uint8Array;
}

/** Messages that a real provider keeps under way in a download. */
const MESSAGES_IN_FLIGHT = 8;

/** A provider whose files may change on their way out. Those in its volume stay as they are. */
export class FaultyOutgoing implements Outgoing {
  readonly #honest: Outgoing;
  readonly #strikes: Strikes;
  readonly #tampering: Tampering | undefined;

  constructor(honest: Outgoing, strikes: Strikes, tampering: Tampering | undefined) {
    this.#honest = honest;
    this.#strikes = strikes;
    this.#tampering = tampering;
  }

  async read(path: string): Promise<Uint8Array> {
    const honest = await this.#honest.read(path);
    const file = this.#tampering?.tamper(honest, (fault) => this.#strikes(fault) !== undefined) ?? honest;
    return file === honest && file.length > 0 && this.#strikes('altered-download') ? altered(file) : file;
  }

  inFlight(): number {
    return this.#strikes('parallel-download') ? MESSAGES_IN_FLIGHT : this.#honest.inFlight();
  }
}

/** One bit of the byte in the middle is the other way round. */
function altered(file: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(file);
  const middle = file.length >> 1;
  copy[middle] = (file[middle] ?? 0) ^ 1;
  return copy;
}
