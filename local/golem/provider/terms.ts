import type { Usage } from './counters.ts';
import { parseGlm, type Wei } from './money.ts';
import type { ProviderSettings } from './settings.ts';

/** Properties of an offer or a demand: dotted names, flat. */
export type Properties = Readonly<Record<string, unknown>>;

export interface Offer {
  readonly properties: Properties;
  readonly constraints: string;
}

/** A refusal; null when nobody says why. */
export interface Refusal {
  readonly refused: string | null;
}

/** What a provider says to requestors before there is an agreement. Times are ms since 1970. */
export interface Negotiation {
  /** What it offers to all; null while it offers nothing. */
  offer(now: number): Offer | null;
  /** What it answers to a requestor's counter-proposal with these properties. */
  answer(demand: Properties, now: number): Offer | Refusal;
  /** Whether and when it signs what was agreed on; null: at once. */
  signature(): Refusal | { readonly delayMs: number } | null;
}

/** What a provider asks for its work. */
export interface Billing {
  /** For one activity. */
  cost(usage: Usage): Wei;
  /** What it bills for an agreement whose activities cost so much in all, and when; null when it sends no bill. */
  bill(agreementId: string, cost: Wei): { readonly amount: Wei; readonly delayMs: number } | null;
}

/** Terms about debit notes, s, as an offer's properties have them. */
const INTERVAL = 'golem.com.scheme.payu.debit-note.interval-sec?';
const ACCEPT_TIMEOUT = 'golem.com.payment.debit-notes.accept-timeout?';

/** Terms of the demand that a provider takes over into its draft. */
const NEGOTIATED = [INTERVAL, 'golem.com.scheme.payu.payment-timeout-sec?', ACCEPT_TIMEOUT];

/** Real providers sign nothing that ends sooner. */
const SHORTEST_WORK_MS = 5 * 60_000;

const HOUR_US = 3_600_000_000n;

/** When debit notes are due by the terms of an agreement, ms. */
export function debitNoteTerms({ properties }: Offer): { readonly everyMs: number; readonly acceptWithinMs: number } {
  return { everyMs: Number(properties[INTERVAL]) * 1000, acceptWithinMs: Number(properties[ACCEPT_TIMEOUT]) * 1000 };
}

/** What an honest provider offers, agrees to and asks for. */
export class Terms implements Negotiation, Billing {
  readonly #settings: ProviderSettings;
  readonly #id: string;
  readonly #platforms: readonly string[];
  readonly #isFree: () => boolean;

  /** @param id its node's id, which is also its wallet's address */
  constructor(settings: ProviderSettings, id: string, platforms: readonly string[], isFree: () => boolean) {
    this.#settings = settings;
    this.#id = id;
    this.#platforms = platforms;
    this.#isFree = isFree;
  }

  offer(now: number): Offer {
    const { name, cores, threads, memGib, storageGib, debitNoteIntervalSec } = this.#settings;
    const { cpuPerHour, envPerHour, start } = this.#settings;
    return {
      constraints: `(&(golem.srv.comp.expiration>${now})(golem.node.debug.subnet=public))`,
      properties: {
        'golem.node.id.name': name,
        'golem.node.debug.subnet': 'public',
        'golem.node.net.is-public': false,
        'golem.com.scheme': 'payu',
        [INTERVAL]: debitNoteIntervalSec,
        'golem.com.scheme.payu.payment-timeout-sec?': 120,
        [ACCEPT_TIMEOUT]: 240,
        'golem.com.payment.protocol.version': 3,
        ...Object.fromEntries(
          this.#platforms.map((platform) => [`golem.com.payment.platform.${platform}.address`, this.#id]),
        ),
        'golem.com.pricing.model': 'linear',
        // Per second, in the order of the usage vector; the price of a start comes last.
        'golem.com.pricing.model.linear.coeffs': [cpuPerHour / 3600, envPerHour / 3600, start],
        'golem.com.usage.vector': ['golem.usage.cpu_sec', 'golem.usage.duration_sec'],
        'golem.inf.cpu.architecture': 'x86_64',
        'golem.inf.cpu.cores': cores,
        'golem.inf.cpu.threads': threads,
        'golem.inf.mem.gib': memGib,
        'golem.inf.storage.gib': storageGib,
        'golem.runtime.name': 'vm',
        'golem.runtime.version': '0.5.3',
        'golem.runtime.capabilities': ['inet', 'vpn', 'manifest-support', 'start-entrypoint'],
        'golem.srv.caps.multi-activity': true,
        'golem.activity.caps.transfer.protocol': ['http', 'https', 'gftp'],
      },
    };
  }

  answer(demand: Properties, now: number): Offer | Refusal {
    const refused = this.#objection(demand, now);
    if (refused !== null) return { refused };
    const offer = this.offer(now);
    const negotiated = NEGOTIATED.filter((key) => demand[key] !== undefined).map((key) => [key, demand[key]]);
    return { ...offer, properties: { ...offer.properties, ...Object.fromEntries(negotiated) } };
  }

  signature(): null {
    return null;
  }

  cost([cpuSec, durationSec]: Usage): Wei {
    const { cpuPerHour, envPerHour, start } = this.#settings;
    return (
      glm(start) + (glm(cpuPerHour) * microseconds(cpuSec) + glm(envPerHour) * microseconds(durationSec)) / HOUR_US
    );
  }

  bill(_agreementId: string, cost: Wei): { amount: Wei; delayMs: number } {
    return { amount: cost, delayMs: 0 };
  }

  #objection(demand: Properties, now: number): string | null {
    if (!this.#isFree()) return NO_CAPACITY;
    const platform = demand['golem.com.payment.chosen-platform'];
    if (typeof platform !== 'string' || !this.#platforms.includes(platform)) {
      return `golem.com.payment.chosen-platform must be one of ${this.#platforms.join(', ')}, but is ${platform}`;
    }
    const left = Number(demand['golem.srv.comp.expiration']) - now;
    return left >= SHORTEST_WORK_MS ? null : 'Proposal expires in less than 5 minutes';
  }
}

/** What a provider says that works for another. */
export const NO_CAPACITY = 'No capacity available. Reached Agreements limit: 1';

/** `erc20-<network>-tglm`, or -glm where the tokens are real: only mainnet and polygon carry real GLM. */
export function platformOf(network: string): string {
  return `erc20-${network}-${network === 'mainnet' || network === 'polygon' ? 'glm' : 'tglm'}`;
}

function glm(price: number): Wei {
  return parseGlm(String(price));
}

function microseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6));
}
