import type { DayBudget } from '../../core/day-budget.ts';
import { budgetUsedUp, PlatformError } from '../../core/errors.ts';
import { amountOf, type Bill, type BillLimits, boundOf } from './bills.ts';
import type { Contract, Terms } from './contracts.ts';
import { formatGlm, readGlm, type Wei, weiOf } from './glm.ts';

/** An agreement that a family process has signed. */
export interface Engagement extends Terms {
  readonly agreement: string;
  readonly provider: string;
}

export interface SpendingLimits extends BillLimits {
  /** What a run may spend. */
  readonly run: Wei;
  /** What all runs of a day may spend. */
  readonly day: Wei;
}

/** Whether a bill may be paid. One that is wrong is so for good; one for which nothing is left may be paid later. */
export type Verdict =
  | { readonly pay: true }
  | { readonly pay: false; readonly reason: string; readonly isWrong: boolean };

/** Refusals whose arithmetic is kept. */
const maxRefusals = 20;

/** One agreement's money. */
interface Account {
  /** As long as no invoice was accepted. */
  open?: Terms & { readonly since: number };
  /** Accepted in earlier runs. */
  readonly earlier: Map<string, Wei>;
  /** Granted in this run: the last debit note per activity (they accumulate), and invoices by id (they hold it all). */
  readonly granted: { readonly 'debit note': Map<string, Wei>; readonly invoice: Map<string, Wei> };
  /** Taken out of the budgets, by day. */
  readonly charged: Map<string, Wei>;
}

/**
 * A run's money: every bill, whoever received it, is paid only when this says so. It is met by the run's budget, and by the
 * day's, which all runs share. For agreements in force the most that they can have come to by now counts, so that nobody
 * is engaged any more before the invoices come.
 */
export class Spending {
  readonly #now: () => number;
  readonly #limits: SpendingLimits;
  readonly #day: DayBudget;
  readonly #accounts = new Map<string, Account>();
  readonly #refusals = new Map<string, string>();
  readonly #refused = new Set<string>();
  #invoices = 0;
  #paid = 0n;

  /** @param now ms */
  constructor(now: () => number, limits: SpendingLimits, day: DayBudget) {
    this.#now = now;
    this.#limits = limits;
    this.#day = day;
  }

  /** @throws PlatformError when nobody may be engaged any more, or what is left of the day cannot be read */
  async checkLeft(): Promise<void> {
    const { run, day } = this.#limits;
    if (this.total >= run)
      throw new PlatformError(budgetUsedUp, `The run has spent its budget of ${formatGlm(run)} GLM.`);
    const spent = await this.#day.spent(this.#today());
    if (spent + this.total - this.#charged() < day) return;
    throw new PlatformError(budgetUsedUp, `The budget of the day, ${formatGlm(day)} GLM, is spent.`);
  }

  engaged({ agreement, price, threads }: Engagement): void {
    this.#accountOf(agreement).open = { price, threads, since: this.#now() };
  }

  /** Whether a bill may be paid; if so, its amount is taken out of the budgets. Asked again, it is not taken again. */
  async judge(bill: Bill, contract: Contract): Promise<Verdict> {
    const verdict = await this.#verdict(bill, contract);
    if (verdict.pay) this.#forget(bill);
    else this.#note(bill, verdict.reason);
    return verdict;
  }

  /** An invoice that was accepted before anyone asked here: of an earlier run. It counts against its agreement. */
  remember({ agreement, id, amount }: Pick<Bill, 'agreement' | 'id' | 'amount'>): void {
    const { earlier, granted } = this.#accountOf(agreement);
    if (!granted.invoice.has(id)) earlier.set(id, readGlm(amount) ?? 0n);
  }

  /** An invoice was accepted. */
  paid(agreement: string, amount: string): void {
    delete this.#accountOf(agreement).open;
    this.#invoices++;
    this.#paid += readGlm(amount) ?? 0n;
  }

  /** What was taken out of the day's budget for an agreement was not paid after all. */
  async refund(agreement: string): Promise<void> {
    const { charged } = this.#accountOf(agreement);
    const amounts = [...charged];
    charged.clear();
    for (const [day, amount] of amounts) await this.#day.refund(day, amount);
  }

  /** The run's total: what was granted, and for agreements in force the most that they can have come to, if more. */
  get total(): Wei {
    return [...this.#accounts.values()].reduce((sum, { open, charged }) => {
      return sum + larger(total(charged), open ? this.#estimate(open) : 0n);
    }, 0n);
  }

  /** Accepted invoices alone: their total, GLM, and their number. */
  get invoiced(): { glm: number; invoices: number } {
    return { glm: Number(formatGlm(this.#paid)), invoices: this.#invoices };
  }

  /** Bills that were not paid: how many, and the arithmetic of the first ones. */
  get refusals(): { billsRefused: number; refusals: readonly string[] } {
    return { billsRefused: this.#refused.size, refusals: [...this.#refusals.values()] };
  }

  async #verdict(bill: Bill, contract: Contract): Promise<Verdict> {
    const amount = amountOf(bill);
    if (typeof amount === 'string') return wrong(amount);
    if (!contract.isOurs) return wrong('the agreement is none of ours');
    if (bill.issuer !== contract.provider) return wrong(`it comes from ${bill.issuer}, not from ${contract.provider}`);
    const bound = boundOf(contract, bill.activities.length, this.#limits, this.#now());
    if (!bound) return wrong('its agreement has no prices or dates that make sense');
    const account = this.#accountOf(bill.agreement);
    const granted = account.granted[bill.kind];
    const key = bill.kind === 'invoice' ? bill.id : (bill.activities[0] ?? '');
    const before = granted.get(key);
    granted.set(key, amount);
    const due = dueOf(account);
    const sum = total(account.earlier) + due;
    const verdict =
      sum > bound.most
        ? wrong(`${formatGlm(amount)} GLM, ${formatGlm(sum)} for the whole agreement, is more than ${bound.arithmetic}`)
        : await this.#charge(account, due - total(account.charged));
    if (verdict.pay) return verdict;
    if (before === undefined) granted.delete(key);
    else granted.set(key, before);
    return verdict;
  }

  /** Takes an amount out of the run's and the day's budget, or out of none. */
  async #charge(account: Account, amount: Wei): Promise<Verdict> {
    if (amount <= 0n) return { pay: true };
    const left = this.#limits.run - this.#charged();
    if (amount > left)
      return later(`${formatGlm(amount)} GLM is more than the ${formatGlm(left)} GLM left of the run's budget`);
    const day = this.#today();
    add(account.charged, day, amount);
    const refusal = await this.#refusalOfDay(day, amount);
    if (refusal === undefined) return { pay: true };
    add(account.charged, day, -amount);
    return later(refusal);
  }

  async #refusalOfDay(day: string, amount: Wei): Promise<string | undefined> {
    const most = formatGlm(this.#limits.day);
    try {
      if (await this.#day.spend(day, amount, this.#limits.day)) return undefined;
      return `${formatGlm(amount)} GLM is more than what is left of the day's budget of ${most} GLM`;
    } catch (error) {
      return `what is left of the day's budget of ${most} GLM cannot be read (${error})`;
    }
  }

  #note({ kind, id, agreement, issuer }: Bill, reason: string): void {
    this.#refused.add(id);
    if (this.#refusals.size < maxRefusals || this.#refusals.has(id))
      this.#refusals.set(id, `${kind} ${id} of ${issuer}, agreement ${agreement}: ${reason}`);
  }

  /** What could not be paid at first, and could later, is no refusal. */
  #forget({ id }: Bill): void {
    this.#refused.delete(id);
    this.#refusals.delete(id);
  }

  #estimate({ price, threads, since }: Terms & { readonly since: number }): Wei {
    const ms = BigInt(Math.max(0, Math.round(this.#now() - since)));
    const paidFor = BigInt(Math.min(threads, this.#limits.maxThreads));
    return weiOf(price.start) + (ms * (weiOf(price.second) + paidFor * weiOf(price.cpuSecond))) / 1000n;
  }

  #charged(): Wei {
    return [...this.#accounts.values()].reduce((sum, { charged }) => sum + total(charged), 0n);
  }

  #today(): string {
    return new Date(this.#now()).toISOString().slice(0, 10);
  }

  #accountOf(agreement: string): Account {
    const known = this.#accounts.get(agreement);
    if (known) return known;
    const granted = { 'debit note': new Map(), invoice: new Map() };
    const account = { earlier: new Map(), granted, charged: new Map() };
    this.#accounts.set(agreement, account);
    return account;
  }
}

const wrong = (reason: string): Verdict => ({ pay: false, reason, isWrong: true });
const later = (reason: string): Verdict => ({ pay: false, reason, isWrong: false });

const total = (amounts: ReadonlyMap<string, Wei>): Wei => [...amounts.values()].reduce((sum, wei) => sum + wei, 0n);

const larger = (a: Wei, b: Wei): Wei => (a > b ? a : b);

/** What this run has granted for an agreement: its invoices hold what its debit notes asked for. */
function dueOf({ granted }: Account): Wei {
  return larger(total(granted['debit note']), total(granted.invoice));
}

function add(amounts: Map<string, Wei>, key: string, amount: Wei): void {
  amounts.set(key, (amounts.get(key) ?? 0n) + amount);
}
