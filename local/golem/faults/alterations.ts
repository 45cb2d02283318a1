// What goes wrong: a plan of rules, decorators around the parts of a provider, and a proxy in front of the daemon.
import type { Clock } from '../provider/clock.ts';
import type { Alterations } from '../provider/provider.ts';
import { FaultyBilling } from './billing.ts';
import { FaultyBus } from './bus.ts';
import { FaultyNegotiation } from './negotiation.ts';
import { FaultyOutgoing, type Tampering } from './outgoing.ts';
import type { Faults } from './plan.ts';
import { FaultyRuntime } from './runtime.ts';

/** What providers do to agreements when they leave in the middle of their work. */
export interface Leavers {
  vanish(agreementId: string, how: 'dead' | 'unreachable'): void;
  leave(agreementId: string): void;
}

export interface AlterationSettings {
  readonly faults: Faults;
  readonly tampering: Tampering | undefined;
  readonly clock: Clock;
  readonly leavers: Leavers;
  /** Gets every agreement that a fault keeps from being billed, or from being billed in time. */
  readonly unbilled: Set<string>;
}

/** Puts the faults around every part of a provider at which they can strike. */
export function alterations({ faults, tampering, clock, leavers, unbilled }: AlterationSettings): Alterations {
  return {
    negotiation: (honest, provider) => new FaultyNegotiation(honest, faults.at(provider)),
    billing: (honest, provider) => new FaultyBilling(honest, faults.at(provider), (id) => unbilled.add(id)),
    outgoing: (honest, provider) => new FaultyOutgoing(honest, faults.at(provider), tampering),
    bus: (honest, provider) => new FaultyBus(honest, faults.at(provider)),
    runtime: (honest, provider, agreementId) =>
      new FaultyRuntime(honest, faults.at(provider), clock, {
        vanish(how) {
          unbilled.add(agreementId);
          leavers.vanish(agreementId, how);
        },
        leave: () => leavers.leave(agreementId),
      }),
  };
}
