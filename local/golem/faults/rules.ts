import * as v from 'valibot';
import { FAULTS, kindOf } from './catalogue.ts';

/** When a fault strikes. Without any condition: always, at every provider. */
export interface FaultRule {
  /** One of the catalogue, or one that was registered. */
  readonly fault: string;
  /** Names of providers, or a share of all, from 0 to 1: which ones, the seed decides. */
  readonly providers?: readonly string[] | number;
  /** The kind of command, proposal or call that it strikes at. */
  readonly on?: string | readonly string[];
  /** Only at each provider's n-th occasion, from 1. */
  readonly nth?: number;
  /** A share of the occasions, from 0 to 1. */
  readonly share?: number;
  /** At most so often in all. */
  readonly times?: number;
  /** How long, for faults that take time. */
  readonly seconds?: number;
  /** Of the answer to a call, for faults that refuse one. */
  readonly status?: number;
}

export interface FaultPlan {
  /** The same seed lets chance fall the same way, as far as calls come in the same order. */
  readonly seed: number;
  readonly rules: readonly FaultRule[];
}

/** The names that rules can mean. */
export interface Known {
  readonly providers: readonly string[];
  readonly calls: readonly string[];
  /** Faults beside those of the catalogue. */
  readonly faults: readonly string[];
}

const share = v.pipe(v.number(), v.minValue(0, 'must be from 0 to 1'), v.maxValue(1, 'must be from 0 to 1'));
const count = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1'));
const names = v.array(v.string());
const ruleSchema = v.strictObject({
  fault: v.string('must be a name'),
  providers: v.exactOptional(v.union([names, share], 'must be a list of names, or a share from 0 to 1')),
  on: v.exactOptional(v.union([v.string(), names], 'must be a name or a list of names')),
  nth: v.exactOptional(count),
  share: v.exactOptional(share),
  times: v.exactOptional(count),
  seconds: v.exactOptional(v.pipe(v.number(), v.minValue(0, 'must not be negative'))),
  status: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer('must be an HTTP status'),
      v.minValue(400, 'must be 400 to 599'),
      v.maxValue(599, 'must be 400 to 599'),
    ),
  ),
});
const planSchema = v.strictObject({
  seed: v.optional(v.pipe(v.number(), v.integer('must be a whole number')), 1),
  rules: v.array(ruleSchema, 'must be a list of rules'),
});

/**
 * A list of rules, or `{"seed": …, "rules": […]}`.
 * @throws RangeError that names the rule, what is wrong with it and what would be right
 */
export function readFaultPlan(given: unknown, known: Known): FaultPlan {
  const read = v.safeParse(planSchema, Array.isArray(given) ? { rules: given } : given);
  if (!read.success) throw new RangeError(`faults: ${inWords(read.issues[0])}`);
  const { seed, rules } = read.output;
  return { seed, rules: rules.map((rule, i) => checked(rule as FaultRule, `faults: rules.${i}`, known)) };
}

function checked(rule: FaultRule, where: string, known: Known): FaultRule {
  const names = [...Object.keys(FAULTS), ...known.faults];
  if (!names.includes(rule.fault)) throw new RangeError(`${where}.fault must be one of ${names.join(', ')}`);
  const kind = kindOf(rule.fault);
  const allowed = kind.on === 'calls' ? known.calls : kind.on;
  const stranger = onOf(rule)?.find((name) => !allowed.includes(name));
  if (stranger !== undefined) {
    const right = allowed.length === 0 ? 'takes no on' : `strikes on ${allowed.join(', ')}`;
    throw new RangeError(`${where}: ${rule.fault} ${right}, not on ${stranger}`);
  }
  for (const key of ['seconds', 'status'] as const) {
    if (rule[key] !== undefined && kind[key] === undefined)
      throw new RangeError(`${where}: ${rule.fault} takes no ${key}`);
  }
  const named = typeof rule.providers === 'object' ? rule.providers : [];
  const nobody = named.find((name) => !known.providers.includes(name));
  if (nobody !== undefined) throw new RangeError(`${where}: there is no provider ${nobody}`);
  return rule;
}

/** The names under `on`; undefined for all. */
export function onOf({ on }: FaultRule): readonly string[] | undefined {
  return typeof on === 'string' ? [on] : on;
}

function inWords(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (issue.expected === 'never') return `${path} is not known`;
  return `${path ?? 'the plan'} ${issue.message}`;
}
