/** What a command of a script does, as the requestor says it: a transfer to a provider is an upload. */
const COMMANDS = ['deploy', 'start', 'run', 'upload', 'download'] as const;

export type CommandKind = (typeof COMMANDS)[number];

/** At which of a provider's two proposals an offer changes. */
const OFFERS = ['initial', 'draft'] as const;

/** Names of the daemon's calls are checked by whoever has their table. */
const CALLS = 'calls';

export interface FaultKind {
  /** What a rule may name under `on`; a rule that names nothing means all. */
  readonly on: readonly string[] | typeof CALLS;
  /** What `seconds` are when the rule does not say. */
  readonly seconds?: number;
  /** What `status` is when the rule does not say. */
  readonly status?: number;
}

/** A fault that strikes in one place only. */
const untargeted: FaultKind = { on: [] };
const ofCommands: FaultKind = { on: COMMANDS };

/**
 * Every fault that a stand-in has by itself: of offers and agreements, of the work under an agreement, of payment, and of the
 * daemon. docs/local.md says what each does.
 */
export const FAULTS = {
  'no-offers': untargeted,
  'price-too-high': { on: OFFERS },
  'malformed-offer': { on: OFFERS },
  'many-threads': { on: OFFERS },
  'proposal-rejected': untargeted,
  'rejected-without-reason': untargeted,
  'agreement-rejected': untargeted,
  'agreement-late': { on: [], seconds: 70 },

  'activity-refused': untargeted,
  'silent-death': ofCommands,
  unreachable: ofCommands,
  'polite-exit': ofCommands,
  'command-fails': ofCommands,
  'killed-command': ofCommands,
  hang: ofCommands,
  'slow-command': { on: COMMANDS, seconds: 10 },
  'parallel-download': untargeted,
  'altered-download': untargeted,
  'read-past-end': untargeted,
  'write-after-end': untargeted,
  'endless-answer': untargeted,
  'huge-message': untargeted,

  'no-invoice': untargeted,
  'late-invoice': { on: [], seconds: 30 },
  'inflated-invoice': untargeted,
  'overtime-invoice': { on: [], seconds: 86_400 },
  'negative-invoice': untargeted,
  'accept-refused': { on: [], status: 400 },
  'insufficient-funds': untargeted,

  'call-fails': { on: CALLS, status: 500 },
  'call-slow': { on: CALLS, seconds: 11 },
  'daemon-gone': { on: CALLS, seconds: 10 },
} as const satisfies Record<string, FaultKind>;

type FaultName = keyof typeof FAULTS;

/** The kind of a fault. Registered ones, which are not of the catalogue, have no targets. */
export function kindOf(name: string): FaultKind {
  return Object.hasOwn(FAULTS, name) ? FAULTS[name as FaultName] : untargeted;
}
