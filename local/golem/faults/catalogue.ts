/** What a command of a script does, as the requestor says it: a transfer to a provider is an upload. */
export const COMMANDS = ['deploy', 'start', 'run', 'upload', 'download'] as const;

export type CommandKind = (typeof COMMANDS)[number];

/** At which of a provider's two proposals an offer changes. */
const OFFERS = ['initial', 'draft'] as const;

/** Names of the daemon's calls are checked by the stand-in, which has their table. */
const CALLS = 'calls';

interface FaultKind {
  /** What a rule may name under `on`; a rule that names nothing means all. */
  readonly on: readonly string[] | typeof CALLS;
  /** What `seconds` are when the rule does not say. */
  readonly seconds?: number;
  /** What `status` is when the rule does not say. */
  readonly status?: number;
}

const never: FaultKind = { on: [] };
const ofCommands: FaultKind = { on: COMMANDS };

/**
 * Every fault: of offers and agreements, of the work under an agreement, of the answer's file, of payment, and of the daemon.
 * docs/local.md says what each does.
 */
export const FAULTS = {
  'no-offers': never,
  'price-too-high': { on: OFFERS },
  'malformed-offer': { on: OFFERS },
  'proposal-rejected': never,
  'rejected-without-reason': never,
  'agreement-rejected': never,
  'agreement-late': { on: [], seconds: 70 },

  'activity-refused': never,
  'silent-death': ofCommands,
  unreachable: ofCommands,
  'polite-exit': ofCommands,
  'command-fails': ofCommands,
  'killed-command': ofCommands,
  hang: ofCommands,
  'slow-command': { on: COMMANDS, seconds: 10 },
  'parallel-download': never,
  'altered-download': never,

  'answer-empty': never,
  'answer-cut': never,
  'answer-not-json': never,
  'answer-wrong-count': never,
  'answer-swapped': never,
  'answer-nan': never,
  'answer-unsorted': never,
  'answer-above-one': never,
  'answer-other-model': never,
  'answer-other-chunk': never,
  'answer-too-large': never,
  'answer-false-classes': never,

  'no-invoice': never,
  'late-invoice': { on: [], seconds: 30 },
  'inflated-invoice': never,
  'accept-refused': { on: [], status: 400 },
  'insufficient-funds': never,

  'call-fails': { on: CALLS, status: 500 },
  'call-slow': { on: CALLS, seconds: 11 },
  'daemon-gone': { on: CALLS, seconds: 10 },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;

export type AnswerFault = Extract<FaultName, `answer-${string}`>;

export function isFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

/** The kind of a fault, with all its parts. */
export function kindOf(name: FaultName): FaultKind {
  return FAULTS[name];
}

/** Faults that change the answer's file. */
export const ANSWER_FAULTS = (Object.keys(FAULTS) as FaultName[]).filter((name) =>
  name.startsWith('answer-'),
) as AnswerFault[];
