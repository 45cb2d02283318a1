import type { YagnaApi } from '@golem-sdk/golem-js';
import { allItems } from './pages.ts';

/** What a provider asks, GLM. */
export interface Price {
  readonly start: number;
  /** A processor-second. */
  readonly cpuSecond: number;
  /** A second. */
  readonly second: number;
}

export interface Terms {
  readonly price: Price;
  readonly threads: number;
}

/** An agreement, as far as its bills are concerned. Dates are ms since 1970. */
export interface Contract {
  /** Whether a requestor of mlg made it: its demand, which our daemon signed, carries `tag`. */
  readonly isOurs: boolean;
  readonly provider: string;
  /** Undefined when the offer makes no sense. */
  readonly terms?: Terms;
  readonly approvedAt: number;
  /** When it was terminated, by the daemon's events; undefined when they do not say. */
  readonly endedAt?: number;
  readonly expiresAt: number;
}

/** A property of every demand of ours: it tells our agreements from those of others who use the same daemon. */
export const tag = { name: 'golem.srv.app.mlg', value: 'requestor' } as const;

type Market = Pick<YagnaApi['market'], 'getAgreement' | 'collectAgreementEvents'>;
type Call = <T>(call: Promise<T> & { cancel?: () => void }) => Promise<T>;

/**
 * Reads an agreement from the daemon, and when it ended.
 * @param call makes each call to the daemon, with whatever limits it has
 */
export async function contractOf(market: Market, agreementId: string, call: Call): Promise<Contract> {
  const { demand, offer, approvedDate, timestamp, validTo } = await call(market.getAgreement(agreementId));
  const properties = demand.properties as Readonly<Record<string, unknown>>;
  const approved = approvedDate ?? timestamp;
  const terms = termsOf(offer.properties as Readonly<Record<string, unknown>>);
  const endedAt = await endOf(market, agreementId, approved, call);
  const expiration = Number(properties['golem.srv.comp.expiration'] ?? Number.NaN);
  return {
    isOurs: properties[tag.name] === tag.value,
    provider: offer.providerId ?? '',
    ...(terms && { terms }),
    approvedAt: Date.parse(approved),
    ...(endedAt !== undefined && { endedAt }),
    expiresAt: Number.isFinite(expiration) ? expiration : Date.parse(validTo),
  };
}

async function endOf(market: Market, agreementId: string, since: string, call: Call): Promise<number | undefined> {
  const list = async (after: string | undefined, maxEvents: number) => {
    const events = await call(market.collectAgreementEvents(0, after, maxEvents));
    return events.map((event) => ({ kind: kindOf(event), agreement: event.agreementId, timestamp: event.eventDate }));
  };
  const events = await allItems(list, ({ kind, agreement }) => `${kind} ${agreement}`, { since });
  const end = events.find(({ kind, agreement }) => agreement === agreementId && kind === 'AgreementTerminatedEvent');
  return end && Date.parse(end.timestamp);
}

/** Some daemons write it in lower case. */
export function kindOf(event: { readonly eventType?: string; readonly eventtype?: string }): string {
  return event.eventType ?? event.eventtype ?? '';
}

/** A provider's price and threads as its offer states them; undefined when the offer makes no sense. */
export function termsOf(properties: Readonly<Record<string, unknown>>): Terms | undefined {
  const usage = properties['golem.com.usage.vector'];
  const coefficients = properties['golem.com.pricing.model.linear.coeffs'];
  const threads = properties['golem.inf.cpu.threads'] ?? 1;
  if (!Array.isArray(usage) || !Array.isArray(coefficients)) return undefined;
  if (typeof threads !== 'number' || !Number.isInteger(threads) || threads < 1) return undefined;
  const of = (counter: string) => Number(coefficients[usage.indexOf(counter)] ?? 0);
  const price = {
    start: Number(coefficients[usage.length] ?? 0),
    cpuSecond: of('golem.usage.cpu_sec'),
    second: of('golem.usage.duration_sec'),
  };
  // Beyond this, a number is written with an exponent.
  return Object.values(price).every((glm) => glm >= 0 && glm < 1e21) ? { price, threads } : undefined;
}
