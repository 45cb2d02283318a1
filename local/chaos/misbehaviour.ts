import { type FaultPlan, type FaultRule, random } from '../golem/index.ts';

/** What one faulty provider may do, again and again. */
const PROVIDER_FAULTS: readonly FaultRule[] = [
  { fault: 'no-offers' },
  { fault: 'price-too-high' },
  { fault: 'malformed-offer' },
  { fault: 'malformed-offer', on: 'draft' },
  { fault: 'proposal-rejected' },
  { fault: 'rejected-without-reason' },
  { fault: 'agreement-rejected' },
  { fault: 'agreement-late', seconds: 5 },
  { fault: 'activity-refused' },
  { fault: 'silent-death', on: ['deploy', 'run'] },
  { fault: 'unreachable', on: ['deploy', 'run'] },
  { fault: 'polite-exit', on: ['deploy', 'run', 'download'] },
  { fault: 'command-fails' },
  { fault: 'killed-command', on: 'run' },
  { fault: 'hang' },
  { fault: 'slow-command', seconds: 3 },
  { fault: 'altered-download' },
  { fault: 'answer-empty' },
  { fault: 'answer-cut' },
  { fault: 'answer-not-json' },
  { fault: 'answer-wrong-count' },
  { fault: 'answer-nan' },
  { fault: 'answer-unsorted' },
  { fault: 'answer-above-one' },
  { fault: 'answer-other-model' },
  { fault: 'answer-other-chunk' },
  { fault: 'answer-too-large' },
  { fault: 'no-invoice' },
  { fault: 'late-invoice', seconds: 5 },
  { fault: 'inflated-invoice' },
  { fault: 'accept-refused' },
];

/** What no check of form can distinguish from an honest answer. */
export const CHEATS: readonly FaultRule[] = [{ fault: 'answer-swapped' }, { fault: 'answer-false-classes' }];

/** What the daemon does to everybody now and then; the second call fails the SDK's process. */
const DAEMON_FAULTS: readonly FaultRule[] = [
  { fault: 'call-fails', on: 'collectOffers', share: 0.02 },
  { fault: 'call-fails', on: ['getInvoice', 'getDebitNote'], share: 0.05 },
  { fault: 'call-fails', on: 'getExecBatchResults', share: 0.01 },
  { fault: 'call-fails', on: 'subscribeDemand', share: 0.05 },
  { fault: 'daemon-gone', on: 'collectOffers', seconds: 2, share: 0.002 },
];

/** Faults of one kind and another that each faulty provider has. */
const FAULTS_EACH = 4;
/** Of the occasions: so that a faulty provider gets far enough to do harm later. */
const SHARE = 0.4;

/** Which providers are faulty and how: several faults each, every other one a cheat too. */
export function misbehaviour(seed: number, share: number, providers: number): FaultPlan {
  const chance = random(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;
  const names = Array.from({ length: providers }, (_, i) => `local-${i + 1}`);
  const faulty = Array.from(
    { length: Math.round(share * providers) },
    () => names.splice(Math.floor(chance() * names.length), 1)[0] as string,
  );
  const rules = faulty.flatMap((name, i) => [
    ...Array.from({ length: FAULTS_EACH }, () => ({ ...pick(PROVIDER_FAULTS), providers: [name], share: SHARE })),
    ...(i % 2 === 0 ? [{ ...pick(CHEATS), providers: [name], share: SHARE }] : []),
  ]);
  return { seed, rules: faulty.length > 0 ? [...rules, ...DAEMON_FAULTS] : [] };
}
