import type { Usage } from '../provider/counters.ts';
import { parseGlm, type Wei } from '../provider/money.ts';
import type { Billing } from '../provider/terms.ts';
import type { Strikes } from './plan.ts';

/** By how much `price-too-high` and `inflated-invoice` exceed what a provider asks otherwise. */
export const OVERPRICE_FACTOR = 10_000;

const ONE_GLM = parseGlm('1');

/** A provider whose invoices may be wrong, late or missing. */
export class FaultyBilling implements Billing {
  readonly #honest: Billing;
  readonly #strikes: Strikes;
  readonly #unbilled: (agreementId: string) => void;

  /** @param unbilled called with every agreement whose bill comes late or never */
  constructor(honest: Billing, strikes: Strikes, unbilled: (agreementId: string) => void) {
    this.#honest = honest;
    this.#strikes = strikes;
    this.#unbilled = unbilled;
  }

  cost(usage: Usage): Wei {
    return this.#honest.cost(usage);
  }

  bill(agreementId: string, cost: Wei): { readonly amount: Wei; readonly delayMs: number } | null {
    const late = this.#strikes('late-invoice');
    const never = this.#strikes('no-invoice');
    if (late || never) this.#unbilled(agreementId);
    const bill = never ? null : this.#honest.bill(agreementId, cost);
    if (!bill) return null;
    return {
      amount: this.#amount(bill.amount),
      delayMs: late ? late.seconds * 1000 : bill.delayMs,
    };
  }

  #amount(honest: Wei): Wei {
    if (this.#strikes('inflated-invoice')) return (honest + ONE_GLM) * BigInt(OVERPRICE_FACTOR);
    const overtime = this.#strikes('overtime-invoice');
    if (overtime) return this.#honest.cost([overtime.seconds, overtime.seconds]);
    return this.#strikes('negative-invoice') ? -honest : honest;
  }
}
