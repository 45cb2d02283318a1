import type { Report, RuleCount } from '../golem/index.ts';
import type { Counts } from './ledger.ts';
import { CHEATS } from './misbehaviour.ts';
import type { Found } from './processes.ts';

/** All that was seen. */
export interface Outcome {
  readonly counts: Counts;
  /** The stand-in's report after everything had ended. */
  readonly report: Report;
  readonly rules: readonly RuleCount[];
  /** Requests that the table saw completed more than once. */
  readonly completedTwice: number;
  /** Runs that took longer than they may. */
  readonly hangs: number;
  readonly leaked: readonly Found[];
}

/** Every promise, with how often it was broken. */
export function brokenPromises({
  counts,
  report,
  rules,
  completedTwice,
  hangs,
  leaked,
}: Outcome): Record<string, number> {
  const cheats = strikesOf(rules, (fault) => CHEATS.some((cheat) => cheat.fault === fault));
  return {
    lost: counts.lost,
    'answered twice': counts.answeredTwice + completedTwice,
    'malformed answers stored': counts.malformed,
    'false classes without a cheat': cheats === 0 ? counts.falseClasses : 0,
    'failed without a reason': counts.reasons.none ?? 0,
    hangs,
    'leaked processes': leaked.length + report.processGroups.length,
    'open agreements and activities': report.openAgreements.length + report.openActivities.length,
    'unpaid invoices': report.unpaidInvoices.length,
    'doubly paid invoices': report.doublyPaid.length,
    'wrongly billed agreements': report.wronglyBilled.length,
  };
}

export function strikesOf(rules: readonly RuleCount[], of: (fault: string) => boolean = () => true): number {
  return rules.filter(({ rule }) => of(rule.fault)).reduce((sum, { strikes }) => sum + strikes, 0);
}
