// A yagna daemon's stand-in: the daemon, its REST interface, and the providers' agents in the same process.
import type { FoundCall } from '../calls.ts';
import type { Clock } from '../provider/clock.ts';
import type { Provider } from '../provider/provider.ts';
import { Agent, type LogEvent } from './agent.ts';
import { Daemon } from './daemon/daemon.ts';
import { DaemonError } from './daemon/errors.ts';
import { handlersOf } from './rest/handlers.ts';
import { DaemonServer } from './rest/server.ts';

export interface StandInSettings {
  readonly providers: readonly Provider[];
  readonly appKey: string;
  /** A requestor whose agreement events nobody reads for so long is lost, and its agreements end. */
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly log: (event: LogEvent) => void;
}

export class StandIn {
  readonly agent: Agent;
  readonly #daemon: Daemon;
  readonly #server: DaemonServer;

  constructor({ providers, appKey, sessionTimeoutMs, clock, log }: StandInSettings) {
    this.agent = new Agent(providers, clock, log);
    const platforms = providers[0]?.platforms ?? [];
    this.#daemon = new Daemon({ clock, providers: this.agent, platforms, sessionTimeoutMs });
    this.agent.connect(this.#daemon);
    this.#server = new DaemonServer({ handlers: handlersOf(this.#daemon), gsb: this.#daemon.gsb, appKey, log });
  }

  /** Gives the port on 127.0.0.1 that was taken. */
  listen(): Promise<number> {
    return this.#server.listen(0);
  }

  /** The name of the provider that a call is about, by the ids in its path or its body; null when it is about none. */
  providerOf({ params }: Pick<FoundCall<string>, 'params'>, body: unknown): string | null {
    const { activities, agreements, invoices, debitNotes } = this.#daemon;
    const named = (body as { agreementId?: unknown } | undefined)?.agreementId;
    const { activity, invoice, debitNote, agreement = typeof named === 'string' ? named : undefined } = params;
    const find = () => {
      if (activity !== undefined) return activities.get(activity).agreement;
      if (invoice !== undefined) return agreements.get(invoices.get(invoice).agreementId);
      if (debitNote !== undefined) return agreements.get(debitNotes.get(debitNote).agreementId);
      return agreement === undefined ? null : agreements.get(agreement);
    };
    try {
      const found = find();
      return found && this.agent.providerOf(found).name;
    } catch (error) {
      // An unknown id is for the call itself to refuse.
      if (error instanceof DaemonError) return null;
      throw error;
    }
  }

  /** Agreements do not end and nothing is billed any more. Exe-units are their providers' to end. */
  async close(): Promise<void> {
    await this.#server.close();
    this.agent.close();
    this.#daemon.close();
  }
}
