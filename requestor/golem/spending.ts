/** What a provider asks, GLM. */
export interface Price {
  readonly start: number;
  /** A processor-second. */
  readonly cpuSecond: number;
  /** A second. */
  readonly second: number;
}

/** An agreement that a family process has signed. */
export interface Engagement {
  readonly agreement: string;
  readonly provider: string;
  readonly price: Price;
  readonly threads: number;
}

/**
 * What a run has spent: invoices for agreements that have ended, and for those in force the most that they can have
 * come to by now. So the budget is met before the invoices come.
 */
export class Spending {
  readonly #now: () => number;
  readonly #open = new Map<string, Engagement & { readonly since: number }>();
  #invoices = 0;
  #paid = 0;

  /** @param now ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  engaged(engagement: Engagement): void {
    this.#open.set(engagement.agreement, { ...engagement, since: this.#now() });
  }

  paid(agreement: string, glm: number): void {
    this.#open.delete(agreement);
    this.#invoices++;
    this.#paid += glm;
  }

  /** GLM. */
  get total(): number {
    const running = [...this.#open.values()].map(({ price, threads, since }) => {
      const seconds = (this.#now() - since) / 1000;
      return price.start + seconds * (price.second + threads * price.cpuSecond);
    });
    return running.reduce((sum, glm) => sum + glm, this.#paid);
  }

  /** Accepted invoices alone: their total, GLM, and their number. */
  get invoiced(): { glm: number; invoices: number } {
    return { glm: this.#paid, invoices: this.#invoices };
  }
}

/** A provider's price and threads as its offer states them; undefined when the offer makes no sense. */
export function termsOf(properties: Readonly<Record<string, unknown>>): { price: Price; threads: number } | undefined {
  const usage = properties['golem.com.usage.vector'];
  const coefficients = properties['golem.com.pricing.model.linear.coeffs'];
  const threads = properties['golem.inf.cpu.threads'] ?? 1;
  if (!Array.isArray(usage) || !Array.isArray(coefficients) || typeof threads !== 'number') return undefined;
  const of = (counter: string) => Number(coefficients[usage.indexOf(counter)] ?? 0);
  const price = {
    start: Number(coefficients[usage.length] ?? 0),
    cpuSecond: of('golem.usage.cpu_sec'),
    second: of('golem.usage.duration_sec'),
  };
  return Object.values(price).every((glm) => Number.isFinite(glm) && glm >= 0) ? { price, threads } : undefined;
}
