import type { Clock, EventDates } from '../../provider/clock.ts';
import { newUuid } from '../../provider/ids.ts';
import type { Usage } from '../../provider/provider.ts';
import type { Activity } from './activities.ts';
import type { Agreement } from './agreements.ts';
import { type Allocations, glm } from './allocations.ts';
import { ApiError } from './errors.ts';
import { Feed } from './feed.ts';
import { type BillParties, billParties } from './payment-parties.ts';

export interface DebitNote extends BillParties {
  readonly debitNoteId: string;
  readonly agreementId: string;
  readonly activityId: string;
  /** GLM owed for the activity since its start, decimal text. */
  readonly totalAmountDue: string;
  readonly usageCounterVector: Usage;
  readonly timestamp: string;
  status: 'RECEIVED' | 'ACCEPTED';
}

/** Called when a note was not accepted in the time agreed on. */
export type Overdue = (agreement: Agreement) => void;

/** Bills for activities that still run, sent at intervals. */
export class DebitNotes {
  readonly feed: Feed<{ readonly eventType: 'DebitNoteReceivedEvent'; readonly debitNoteId: string }>;
  readonly #clock: Clock;
  readonly #allocations: Allocations;
  readonly #overdue: Overdue;
  readonly #notes = new Map<string, DebitNote>();
  readonly #cancelNext = new Map<string, () => void>();

  constructor(clock: Clock, dates: EventDates, allocations: Allocations, overdue: Overdue) {
    this.#clock = clock;
    this.#allocations = allocations;
    this.#overdue = overdue;
    this.feed = new Feed(dates);
  }

  /** Sends notes for the activity until it ends. */
  watch(activity: Activity): void {
    const seconds = activity.agreement.provider.settings.debitNoteIntervalSec;
    const cancel = this.#clock.after(seconds * 1000, () => {
      if (activity.state === 'Terminated') return;
      this.#send(activity);
      this.watch(activity);
    });
    this.#cancelNext.set(activity.id, cancel);
  }

  unwatch(activity: Activity): void {
    this.#cancelNext.get(activity.id)?.();
    this.#cancelNext.delete(activity.id);
  }

  get(id: string): DebitNote {
    const note = this.#notes.get(id);
    if (!note) throw new ApiError(404, `no debit note ${id}`);
    return note;
  }

  accept(id: string, terms: { totalAmountAccepted: string; allocationId: string }): void {
    const note = this.get(id);
    if (note.status === 'ACCEPTED') return;
    if (Number(terms.totalAmountAccepted) !== Number(note.totalAmountDue)) {
      throw new ApiError(
        400,
        `Invalid amount accepted. Expected: ${note.totalAmountDue} Actual: ${terms.totalAmountAccepted}`,
      );
    }
    this.#allocations.spend(
      terms.allocationId,
      Math.max(Number(note.totalAmountDue) - this.#accepted(note.activityId), 0),
    );
    note.status = 'ACCEPTED';
  }

  /** GLM accepted so far for all activities of an agreement. */
  acceptedFor(agreementId: string): number {
    const activities = new Set(
      this.#where((note) => note.agreementId === agreementId).map(({ activityId }) => activityId),
    );
    return [...activities].reduce((sum, activityId) => sum + this.#accepted(activityId), 0);
  }

  #send(activity: Activity): void {
    const { agreement } = activity;
    const usage = activity.usage();
    const note: DebitNote = {
      ...billParties(agreement),
      debitNoteId: newUuid(),
      agreementId: agreement.id,
      activityId: activity.id,
      totalAmountDue: glm(agreement.provider.cost(usage)),
      usageCounterVector: usage,
      timestamp: new Date(this.#clock.now()).toISOString(),
      status: 'RECEIVED',
    };
    this.#notes.set(note.debitNoteId, note);
    this.feed.publish(agreement.appSessionId, { eventType: 'DebitNoteReceivedEvent', debitNoteId: note.debitNoteId });
    const patience = Number(agreement.draft.offer.properties['golem.com.payment.debit-notes.accept-timeout?']);
    this.#clock.after(patience * 1000, () => {
      if (note.status === 'RECEIVED') this.#overdue(agreement);
    });
  }

  /** Notes of an activity add up all that went before, so the largest accepted one counts. */
  #accepted(activityId: string): number {
    const accepted = this.#where((note) => note.activityId === activityId && note.status === 'ACCEPTED');
    return Math.max(0, ...accepted.map(({ totalAmountDue }) => Number(totalAmountDue)));
  }

  #where(matches: (note: DebitNote) => boolean): DebitNote[] {
    return [...this.#notes.values()].filter(matches);
  }
}
