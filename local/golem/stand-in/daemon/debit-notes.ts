import type { Usage } from '../../provider/counters.ts';
import { newUuid } from '../../provider/ids.ts';
import { formatGlm, parseGlm, type Wei } from '../../provider/money.ts';
import type { Activity } from './activities.ts';
import type { Allocations } from './allocations.ts';
import { type Acceptance, type BillParties, billParties, checkAmount, type ListQuery, listed } from './bills.ts';
import { DaemonError } from './errors.ts';
import { type EventDates, Feed } from './feed.ts';

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

/** Bills for activities that still run. */
export class DebitNotes {
  readonly feed: Feed<{ readonly eventType: 'DebitNoteReceivedEvent'; readonly debitNoteId: string }>;
  readonly #dates: EventDates;
  readonly #allocations: Allocations;
  readonly #notes = new Map<string, DebitNote>();

  constructor(dates: EventDates, allocations: Allocations) {
    this.#dates = dates;
    this.#allocations = allocations;
    this.feed = new Feed(dates);
  }

  send({ id, agreement }: Activity, usage: Usage, due: Wei): DebitNote {
    const note: DebitNote = {
      ...billParties(agreement),
      debitNoteId: newUuid(),
      agreementId: agreement.id,
      activityId: id,
      totalAmountDue: formatGlm(due),
      usageCounterVector: usage,
      timestamp: this.#dates.next(),
      status: 'RECEIVED',
    };
    this.#notes.set(note.debitNoteId, note);
    this.feed.publish(agreement.appSessionId, { eventType: 'DebitNoteReceivedEvent', debitNoteId: note.debitNoteId });
    return note;
  }

  get(id: string): DebitNote {
    const note = this.#notes.get(id);
    if (!note) throw new DaemonError('notFound', `no debit note ${id}`);
    return note;
  }

  list(query: ListQuery): DebitNote[] {
    return listed(this.#notes.values(), query);
  }

  accept(id: string, acceptance: Acceptance): void {
    const note = this.get(id);
    if (note.status === 'ACCEPTED') return;
    checkAmount(acceptance, note.totalAmountDue);
    const more = parseGlm(note.totalAmountDue) - this.#accepted(note.activityId);
    this.#allocations.spend(acceptance.allocationId, more > 0n ? more : 0n);
    note.status = 'ACCEPTED';
  }

  /** GLM accepted so far for all activities of an agreement. */
  acceptedFor(agreementId: string): Wei {
    const notes = this.#where((note) => note.agreementId === agreementId);
    const activities = new Set(notes.map(({ activityId }) => activityId));
    return [...activities].reduce((sum, activityId) => sum + this.#accepted(activityId), 0n);
  }

  /** Notes of an activity add up all that went before, so the largest accepted one counts. */
  #accepted(activityId: string): Wei {
    let most = 0n;
    for (const note of this.#where((one) => one.activityId === activityId && one.status === 'ACCEPTED')) {
      const due = parseGlm(note.totalAmountDue);
      if (due > most) most = due;
    }
    return most;
  }

  #where(matches: (note: DebitNote) => boolean): DebitNote[] {
    return [...this.#notes.values()].filter(matches);
  }
}
