import { kindOf } from './catalogue.ts';
import { random } from './random.ts';
import { type FaultRule, type Known, onOf, readFaultPlan } from './rules.ts';

/** One rule with how often it could have struck and did. */
export interface RuleCount {
  readonly rule: FaultRule;
  readonly occasions: number;
  readonly strikes: number;
}

/** A fault that strikes now. */
export interface Strike {
  readonly seconds: number;
  readonly status: number;
}

/** Whether a fault strikes on this occasion, at one provider. */
export type Strikes = (fault: string, on?: string) => Strike | undefined;

interface Armed {
  readonly rule: FaultRule;
  /** Undefined: all, and occasions that no provider has a part in. */
  readonly providers: ReadonlySet<string> | undefined;
  readonly on: readonly string[] | undefined;
  readonly occasions: Map<string, number>;
  strikes: number;
}

/** Which faults strike when: asked at every place where one could. */
export class Faults {
  readonly #known: Known;
  #seed = 1;
  #armed: readonly Armed[] = [];
  #chance: () => number = random(1);

  /** @param known the names that rules can mean */
  constructor(known: Known) {
    this.#known = known;
  }

  /**
   * Replaces all rules and begins to count anew.
   * @throws RangeError when the plan is wrong; then nothing changes
   */
  set(given: unknown): void {
    const plan = readFaultPlan(given, this.#known);
    this.#seed = plan.seed;
    this.#chance = random(plan.seed);
    this.#armed = plan.rules.map((rule) => ({
      rule,
      providers: this.#providersOf(rule),
      on: onOf(rule),
      occasions: new Map(),
      strikes: 0,
    }));
  }

  /** The question for one provider. */
  at(provider: string): Strikes {
    return (fault, on) => this.strikes(fault, provider, on);
  }

  /** Whether the fault strikes on this occasion, by the first rule that says so. Every rule that fits counts it. */
  strikes(fault: string, provider: string | null, on?: string): Strike | undefined {
    const fitting = this.#armed.filter((armed) => fits(armed, fault, provider, on));
    const striking = fitting.filter((armed) => this.#decide(armed, provider ?? ''))[0];
    if (!striking) return undefined;
    striking.strikes++;
    const { seconds = 0, status = 500 } = { ...kindOf(fault), ...striking.rule };
    return { seconds, status };
  }

  counts(): { readonly seed: number; readonly rules: readonly RuleCount[] } {
    const rules = this.#armed.map(({ rule, occasions, strikes }) => ({
      rule,
      occasions: [...occasions.values()].reduce((sum, n) => sum + n, 0),
      strikes,
    }));
    return { seed: this.#seed, rules };
  }

  #decide({ rule, occasions, strikes }: Armed, provider: string): boolean {
    const occasion = (occasions.get(provider) ?? 0) + 1;
    occasions.set(provider, occasion);
    if (rule.nth !== undefined && rule.nth !== occasion) return false;
    if (rule.times !== undefined && strikes >= rule.times) return false;
    return rule.share === undefined || this.#chance() < rule.share;
  }

  #providersOf({ providers }: FaultRule): ReadonlySet<string> | undefined {
    if (typeof providers !== 'number') return providers && new Set(providers);
    const all = [...this.#known.providers];
    const drawn = Array.from({ length: Math.round(providers * all.length) }, () =>
      all.splice(Math.floor(this.#chance() * all.length), 1),
    );
    return new Set(drawn.flat());
  }
}

function fits(armed: Armed, fault: string, provider: string | null, on: string | undefined): boolean {
  if (armed.rule.fault !== fault) return false;
  if (armed.providers && (provider === null || !armed.providers.has(provider))) return false;
  return armed.on === undefined || (on !== undefined && armed.on.includes(on));
}
