import type { Clock } from './clock.ts';

/** Seconds of processor use and of life, in the order of an offer's usage vector. */
export type Usage = readonly [cpuSec: number, durationSec: number];

/** What an exe-unit has used since it was made. Neither counter ever falls. */
export class Counters {
  readonly #clock: Clock;
  readonly #cpuSec: () => number;
  readonly #from: number;
  #until: number | undefined;
  #highest = 0;

  /** @param cpuSec processor use up to now; may miss what has ended meanwhile */
  constructor(clock: Clock, cpuSec: () => number) {
    this.#clock = clock;
    this.#cpuSec = cpuSec;
    this.#from = clock.now();
  }

  usage(): Usage {
    if (this.#until === undefined) this.#highest = Math.max(this.#highest, this.#cpuSec());
    return [this.#highest, ((this.#until ?? this.#clock.now()) - this.#from) / 1000];
  }

  /** Must precede the end of the processes that are counted. */
  stop(): void {
    this.usage();
    this.#until ??= this.#clock.now();
  }
}
