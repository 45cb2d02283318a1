import type { Faults } from '../faults/faults.ts';
import type { ProviderSettings } from '../options.ts';
import type { Properties } from '../stand-in/daemon/constraints.ts';
import { newNodeId } from './ids.ts';

/** Seconds of processor use and of life, in the order of an offer's usage vector. */
export type Usage = readonly [cpuSec: number, durationSec: number];

/** Why the daemon gets no answer from a provider: nobody listens there any more, or nothing gets through. */
export type Silence = 'dead' | 'unreachable';

/** By how much `price-too-high` and `inflated-invoice` exceed what the provider asks otherwise. */
const GREED = 10_000;

/** Real providers sign nothing that ends sooner. */
const SHORTEST_WORK_MS = 5 * 60_000;

/**
 * One provider: what it offers, which proposals it takes, whom it works for and what it asks for that. It serves one agreement at
 * a time.
 */
export class Provider {
  readonly id = newNodeId();
  readonly name: string;
  /** `erc20-<network>-tglm`, or -glm where the tokens are real. */
  readonly platforms: readonly string[];
  commandsRun = 0;
  readonly settings: ProviderSettings;
  /** For the rest of its agreement. */
  silence: Silence | null = null;
  readonly #faults: Faults;
  #agreementId: string | null = null;

  constructor(settings: ProviderSettings, networks: readonly string[], faults: Faults) {
    this.settings = settings;
    this.#faults = faults;
    this.name = settings.name;
    this.platforms = networks.map(platformOf);
  }

  /** The agreement that it works for; null while it is free. */
  get agreementId(): string | null {
    return this.#agreementId;
  }

  /** Takes the agreement if it has none. */
  reserve(agreementId: string): boolean {
    if (this.#agreementId !== null) return false;
    this.#agreementId = agreementId;
    return true;
  }

  release(agreementId: string): void {
    if (this.#agreementId !== agreementId) return;
    this.#agreementId = null;
    this.silence = null;
  }

  /** What it proposes: at first, and once more when it goes along with a counter-proposal. */
  offer(now: number, state: 'Initial' | 'Draft'): { properties: Properties; constraints: string } {
    const { name, settings } = this;
    const dear = this.#faults.strikes('price-too-high', name, state.toLowerCase());
    const malformed = this.#faults.strikes('malformed-offer', name, state.toLowerCase());
    return {
      constraints: `(&(golem.srv.comp.expiration>${now})(golem.node.debug.subnet=public))`,
      properties: {
        'golem.node.id.name': name,
        'golem.node.debug.subnet': 'public',
        'golem.node.net.is-public': false,
        'golem.com.scheme': 'payu',
        'golem.com.scheme.payu.debit-note.interval-sec?': settings.debitNoteIntervalSec,
        'golem.com.scheme.payu.payment-timeout-sec?': 120,
        'golem.com.payment.debit-notes.accept-timeout?': 240,
        'golem.com.payment.protocol.version': 3,
        ...Object.fromEntries(this.platforms.map((name) => [`golem.com.payment.platform.${name}.address`, this.id])),
        'golem.com.pricing.model': 'linear',
        'golem.com.pricing.model.linear.coeffs': this.#prices().map((price) => (dear ? (price + 1) * GREED : price)),
        ...(malformed ? {} : { 'golem.com.usage.vector': ['golem.usage.cpu_sec', 'golem.usage.duration_sec'] }),
        'golem.inf.cpu.architecture': 'x86_64',
        'golem.inf.cpu.cores': settings.cores,
        'golem.inf.cpu.threads': settings.threads,
        'golem.inf.mem.gib': settings.memGib,
        'golem.inf.storage.gib': settings.storageGib,
        'golem.runtime.name': 'vm',
        'golem.runtime.version': '0.5.3',
        'golem.runtime.capabilities': ['inet', 'vpn', 'manifest-support', 'start-entrypoint'],
        'golem.srv.caps.multi-activity': true,
        'golem.activity.caps.transfer.protocol': ['http', 'https', 'gftp'],
      },
    };
  }

  /** Why it does not go along with a requestor's counter-proposal; null when it does. */
  objection(demand: Properties, now: number): string | null {
    if (this.#agreementId !== null) return 'No capacity available. Reached Agreements limit: 1';
    const platform = demand['golem.com.payment.chosen-platform'];
    if (typeof platform !== 'string' || !this.platforms.includes(platform)) {
      return `golem.com.payment.chosen-platform must be one of ${this.platforms.join(', ')}, but is ${platform}`;
    }
    if (this.#faults.strikes('proposal-rejected', this.name)) return 'The provider is not interested';
    const left = Number(demand['golem.srv.comp.expiration']) - now;
    if (!(left >= SHORTEST_WORK_MS)) return 'Proposal expires in less than 5 minutes';
    return null;
  }

  /** GLM for one activity. */
  cost(usage: Usage): number {
    const [cpu, env, start] = this.#prices();
    return start + cpu * usage[0] + env * usage[1];
  }

  /** GLM that it bills for an agreement whose activities cost so much. */
  bill(cost: number): number {
    return this.#faults.strikes('inflated-invoice', this.name) ? (cost + 1) * GREED : cost;
  }

  /** Per second, in the order of the usage vector; the price of a start comes last. */
  #prices(): [number, number, number] {
    const { cpuPerHour, envPerHour, start } = this.settings;
    return [cpuPerHour / 3600, envPerHour / 3600, start];
  }
}

/** Only mainnet and polygon carry real GLM. */
export function platformOf(network: string): string {
  return `erc20-${network}-${network === 'mainnet' || network === 'polygon' ? 'glm' : 'tglm'}`;
}
