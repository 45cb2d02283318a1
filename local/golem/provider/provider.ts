// Providers that run commands on this machine: no HTTP, no market, no faults, so that any daemon can be put in front.
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { ExeUnit } from './exe-unit.ts';
import { newHex } from './ids.ts';
import type { Images } from './images.ts';
import type { ProcessGroups } from './process-groups.ts';
import { LocalRuntime, type Runtime } from './runtime.ts';
import type { ProviderSettings } from './settings.ts';
import { type Billing, type Negotiation, type Properties, platformOf, Terms } from './terms.ts';
import { asTheyAre, type Bus, type Outgoing, Transfers } from './transfers.ts';
import { Volumes } from './volumes.ts';

/** Ways to make a provider other than honest; what is missing is left as it is. */
export interface Alterations {
  negotiation?(honest: Negotiation, provider: string): Negotiation;
  billing?(honest: Billing, provider: string): Billing;
  runtime?(honest: Runtime, provider: string, agreementId: string): Runtime;
  outgoing?(honest: Outgoing, provider: string): Outgoing;
  bus?(honest: Bus, provider: string): Bus;
}

/** What the providers of one machine share. */
export interface Machine {
  /** Absolute path of a directory that `groups` removes in the end. */
  readonly directory: string;
  readonly groups: ProcessGroups;
  readonly images: Images;
  readonly networks: readonly string[];
  readonly clock: Clock;
  readonly alterations: Alterations;
  readonly onFilesLeft: (provider: string, error: unknown) => void;
}

/** One provider, whatever daemon it is behind: what it says and asks for, and the exe-units of its one agreement at a time. */
export class Provider {
  /** Its node's id, which is also its wallet's address. */
  readonly id: string;
  readonly name: string;
  readonly platforms: readonly string[];
  readonly negotiation: Negotiation;
  readonly billing: Billing;
  commandsRun = 0;
  readonly #machine: Machine;
  readonly #outgoing: Outgoing;
  readonly #units = new Set<ExeUnit>();
  #agreementId: string | null = null;

  constructor(settings: ProviderSettings, machine: Machine, id = `0x${newHex(20)}`) {
    const { alterations, networks } = machine;
    this.id = id;
    this.name = settings.name;
    this.platforms = networks.map(platformOf);
    this.#machine = machine;
    const terms = new Terms(settings, this.id, this.platforms, () => this.#agreementId === null);
    this.negotiation = alterations.negotiation?.(terms, this.name) ?? terms;
    this.billing = alterations.billing?.(terms, this.name) ?? terms;
    this.#outgoing = alterations.outgoing?.(asTheyAre, this.name) ?? asTheyAre;
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
    if (this.#agreementId === agreementId) this.#agreementId = null;
  }

  /** Makes what carries out an activity: the programs are those of the image that the demand names. */
  createUnit(id: string, agreementId: string, demand: Properties, bus: Bus): ExeUnit {
    const { directory, groups, images, clock, alterations, onFilesLeft } = this.#machine;
    const volumes = new Volumes(join(directory, this.name, id));
    const transfers = new Transfers(alterations.bus?.(bus, this.name) ?? bus, volumes, this.#outgoing);
    const honest = new LocalRuntime({ image: images.programs(demand), groups, volumes, transfers });
    const unit = new ExeUnit({
      id,
      runtime: alterations.runtime?.(honest, this.name, agreementId) ?? honest,
      clock,
      onCommand: () => {
        this.commandsRun += 1;
      },
      onFilesLeft: (error) => onFilesLeft(this.name, error),
    });
    this.#units.add(unit);
    return unit;
  }

  /** Its exe-units that have not ended. */
  openUnits(): ExeUnit[] {
    return [...this.#units].filter(({ terminated }) => !terminated);
  }
}
