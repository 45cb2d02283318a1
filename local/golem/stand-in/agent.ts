import type { Clock } from '../provider/clock.ts';
import type { ExeUnit } from '../provider/exe-unit.ts';
import { formatGlm } from '../provider/money.ts';
import type { Provider } from '../provider/provider.ts';
import { debitNoteTerms, NO_CAPACITY } from '../provider/terms.ts';
import type { Activity, Silence } from './daemon/activities.ts';
import type { Agreement } from './daemon/agreements.ts';
import type { Daemon, ProviderSide } from './daemon/daemon.ts';
import type { Seller } from './daemon/market.ts';

export interface LogEvent {
  readonly event: string;
  readonly [detail: string]: unknown;
}

/** Providers drop an agreement that has had no activity for so long. */
const IDLE_LIMIT_MS = 90_000;

interface Timers {
  readonly expiry: () => void;
  idle: () => void;
}

/** The providers' agents, in the daemon's own process: they approve, watch, drop and bill agreements. */
export class Agent implements ProviderSide {
  readonly sellers: readonly Seller[];
  readonly #providers: readonly Provider[];
  readonly #clock: Clock;
  readonly #log: (event: LogEvent) => void;
  readonly #timers = new Map<string, Timers>();
  readonly #debitNotes = new Map<Activity, () => void>();
  /** By agreement. */
  readonly #silent = new Map<string, Silence>();
  #daemon!: Daemon;

  constructor(providers: readonly Provider[], clock: Clock, log: (event: LogEvent) => void) {
    this.#providers = providers;
    this.#clock = clock;
    this.#log = log;
    this.sellers = providers.map((provider) => ({
      id: provider.id,
      offer: () => (provider.agreementId === null ? provider.negotiation.offer(clock.now()) : null),
      answer: (demand) => provider.negotiation.answer(demand, clock.now()),
    }));
  }

  /** Must precede all else. */
  connect(daemon: Daemon): void {
    this.#daemon = daemon;
  }

  providerOf({ providerId }: Agreement): Provider {
    const provider = this.#providers.find(({ id }) => id === providerId);
    if (!provider) throw new Error(`no provider has the id ${providerId}`);
    return provider;
  }

  silence({ id }: Agreement): Silence | null {
    return this.#silent.get(id) ?? null;
  }

  /** Nobody hears the agreement's provider any more, until the agreement ends. It sends no debit notes either. */
  fallSilent(agreementId: string, how: Silence): void {
    const agreement = this.#daemon.agreements.get(agreementId);
    this.#silent.set(agreementId, how);
    for (const activity of this.#daemon.activities.of(agreement)) this.#stopDebitNotes(activity);
    this.#log({ event: 'provider silent', provider: this.providerOf(agreement).name, how });
  }

  /** The provider ends the agreement, and bills it. */
  drop(agreementId: string, message: string, code: string): void {
    if (this.#daemon.agreements.get(agreementId).state !== 'Approved') return;
    this.#log({ event: 'provider ends agreement', agreement: agreementId, message, code });
    void this.#daemon.agreements.terminate(agreementId, { by: 'Provider', message, code });
  }

  confirmed(agreement: Agreement): void {
    const answer = this.providerOf(agreement).negotiation.signature();
    if (answer && 'refused' in answer) this.#daemon.agreements.reject(agreement, answer.refused ?? '');
    else if (answer) this.#clock.after(answer.delayMs, () => this.#approve(agreement));
    else this.#approve(agreement);
  }

  async terminated(agreement: Agreement): Promise<void> {
    const { id } = agreement;
    this.#log({ event: 'agreement terminated', agreement: id });
    this.#stopTimers(id);
    const activities = this.#daemon.activities.of(agreement);
    for (const activity of activities) this.#stopDebitNotes(activity);
    await Promise.all(activities.map(({ unit }) => unit.terminate()));
    this.#bill(agreement, activities);
    this.#silent.delete(id);
    this.providerOf(agreement).release(id);
    this.#daemon.market.offerAgain(agreement.providerId);
  }

  sessionLost(session: string): void {
    for (const { id, appSessionId } of this.#daemon.agreements.all()) {
      if (appSessionId === session) this.drop(id, 'The requestor is gone', 'RequestorGone');
    }
  }

  createUnit(agreement: Agreement, activityId: string): ExeUnit {
    const demand = agreement.draft.demand.properties;
    return this.providerOf(agreement).createUnit(activityId, agreement.id, demand, this.#daemon.gsb);
  }

  created(activity: Activity): void {
    const { id, agreement } = activity;
    this.#timers.get(agreement.id)?.idle();
    this.#sendDebitNotes(activity);
    this.#log({ event: 'activity created', activity: id, provider: this.providerOf(agreement).name });
  }

  destroyed(activity: Activity): void {
    this.#stopDebitNotes(activity);
    const others = this.#daemon.activities.of(activity.agreement).filter(({ unit }) => !unit.terminated);
    if (others.length === 0) this.#startIdleTimer(activity.agreement);
  }

  /** From now on no agreement ends by itself and nothing is billed. */
  close(): void {
    for (const id of [...this.#timers.keys()]) this.#stopTimers(id);
    for (const activity of [...this.#debitNotes.keys()]) this.#stopDebitNotes(activity);
  }

  #approve(agreement: Agreement): void {
    const { id, state, validTo } = agreement;
    if (state !== 'Pending') return;
    if (!this.providerOf(agreement).reserve(id)) {
      this.#daemon.agreements.reject(agreement, NO_CAPACITY);
      return;
    }
    const life = Date.parse(validTo) - this.#clock.now();
    const expiry = this.#clock.after(life, () => this.drop(id, 'Agreement expired', 'Expired'));
    this.#timers.set(id, { expiry, idle: () => {} });
    this.#startIdleTimer(agreement);
    this.#daemon.agreements.approve(agreement);
  }

  #startIdleTimer({ id }: Agreement): void {
    const timers = this.#timers.get(id);
    if (!timers) return;
    timers.idle();
    timers.idle = this.#clock.after(IDLE_LIMIT_MS, () => this.drop(id, 'No activity created within 90s', 'NoActivity'));
  }

  #stopTimers(id: string): void {
    const timers = this.#timers.get(id);
    this.#timers.delete(id);
    timers?.expiry();
    timers?.idle();
  }

  /** Sends notes for the activity until it ends. */
  #sendDebitNotes(activity: Activity): void {
    const { agreement, unit } = activity;
    const { everyMs, acceptWithinMs } = debitNoteTerms(agreement.draft.offer);
    const cancel = this.#clock.after(everyMs, () => {
      if (unit.terminated) return;
      const usage = unit.usage();
      const note = this.#daemon.debitNotes.send(activity, usage, this.providerOf(agreement).billing.cost(usage));
      this.#clock.after(acceptWithinMs, () => {
        if (note.status !== 'RECEIVED') return;
        this.drop(agreement.id, 'Requestor did not accept a debit note in time', 'DebitNotesDeadline');
      });
      this.#sendDebitNotes(activity);
    });
    this.#debitNotes.set(activity, cancel);
  }

  #stopDebitNotes(activity: Activity): void {
    this.#debitNotes.get(activity)?.();
    this.#debitNotes.delete(activity);
  }

  /** Whoever has died sends no invoice. */
  #bill(agreement: Agreement, activities: readonly Activity[]): void {
    const { billing, name } = this.providerOf(agreement);
    const cost = activities.reduce((sum, { unit }) => sum + billing.cost(unit.usage()), 0n);
    const bill = this.#silent.has(agreement.id) ? null : billing.bill(agreement.id, cost);
    if (!bill) return;
    const issue = (): void => {
      const ids = activities.map(({ id }) => id);
      this.#daemon.invoices.issue(agreement, ids, bill.amount);
      this.#log({ event: 'invoice sent', agreement: agreement.id, provider: name, amount: formatGlm(bill.amount) });
    };
    if (bill.delayMs > 0) this.#clock.after(bill.delayMs, issue);
    else issue();
  }
}
