import type { Negotiation, Offer, Properties, Refusal } from '../provider/terms.ts';
import { OVERPRICE_FACTOR } from './billing.ts';
import type { Strikes } from './plan.ts';

const PRICES = 'golem.com.pricing.model.linear.coeffs';
const USAGE = 'golem.com.usage.vector';
const THREADS = 'golem.inf.cpu.threads';
const MANY_THREADS = 1_000_000;

/** A provider whose offers and answers may be wrong. */
export class FaultyNegotiation implements Negotiation {
  readonly #honest: Negotiation;
  readonly #strikes: Strikes;

  constructor(honest: Negotiation, strikes: Strikes) {
    this.#honest = honest;
    this.#strikes = strikes;
  }

  offer(now: number): Offer | null {
    if (this.#strikes('no-offers')) return null;
    const offer = this.#honest.offer(now);
    return offer && this.#spoiled(offer, 'initial');
  }

  answer(demand: Properties, now: number): Offer | Refusal {
    if (this.#strikes('rejected-without-reason')) return { refused: null };
    const answer = this.#honest.answer(demand, now);
    if ('refused' in answer) return answer;
    if (this.#strikes('proposal-rejected')) return { refused: 'The provider is not interested' };
    return this.#spoiled(answer, 'draft');
  }

  signature(): Refusal | { readonly delayMs: number } | null {
    if (this.#strikes('agreement-rejected')) return { refused: 'The provider declined' };
    const late = this.#strikes('agreement-late');
    return late ? { delayMs: late.seconds * 1000 } : this.#honest.signature();
  }

  #spoiled(offer: Offer, stage: 'initial' | 'draft'): Offer {
    const overpriced = this.#strikes('price-too-high', stage);
    const malformed = this.#strikes('malformed-offer', stage);
    const manyThreads = this.#strikes('many-threads', stage);
    const { [USAGE]: usage, ...properties } = offer.properties;
    const prices = properties[PRICES] as readonly number[];
    return {
      ...offer,
      properties: {
        ...properties,
        ...(overpriced && { [PRICES]: prices.map((price) => (price + 1) * OVERPRICE_FACTOR) }),
        ...(manyThreads && { [THREADS]: MANY_THREADS }),
        ...(!malformed && { [USAGE]: usage }),
      },
    };
  }
}
