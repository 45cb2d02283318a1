import type { Tampering } from './faults/outgoing.ts';
import type { FaultPlan, FaultRule } from './faults/rules.ts';
import type { Clock } from './provider/clock.ts';
import type { Image } from './provider/images.ts';
import type { ProviderOptions } from './provider/settings.ts';
import type { LogEvent } from './stand-in/agent.ts';

export interface GolemOptions {
  /** 0 (the default) takes any free port. Only 127.0.0.1 is listened on. */
  readonly port?: number;
  /** How many, or one entry each. */
  readonly providers: number | readonly ProviderOptions[];
  readonly images?: readonly Image[];
  /** Deploy also images that are not listed; their activities have the machine's own programs only. */
  readonly anyImage?: boolean;
  /** The key that requestors must use; default: a random one. */
  readonly appKey?: string;
  /** The folder in which the stand-in makes a directory for its own life; default: the system's temporary folder. */
  readonly dataDir?: string;
  /** Payment networks of every provider; default: the test networks. */
  readonly networks?: readonly string[];
  /**
   * A requestor whose events nobody reads for so long is lost, and its providers are freed. Real providers notice only when
   * debit notes go unpaid, minutes later: give Infinity for that. Default: 30.
   */
  readonly sessionTimeoutSec?: number;
  /** What goes wrong, where and when; default: nothing. */
  readonly faults?: FaultPlan | readonly FaultRule[];
  /** Faults beside the stand-in's own. */
  readonly tampering?: Tampering;
  readonly log?: (event: LogEvent) => void;
  readonly clock?: Clock;
}

/** The first is what requestors should use. */
export const TEST_NETWORKS = ['hoodi', 'holesky', 'sepolia', 'amoy'] as const;

/** The SDK listens without a pause, in turns of 5 seconds. */
export const SESSION_TIMEOUT_SEC = 30;
