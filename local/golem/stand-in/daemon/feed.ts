import { Bell, type Poll, poll } from '../../provider/bell.ts';
import type { Clock } from '../../provider/clock.ts';

export interface FeedQuery extends Poll {
  /** ISO date; only later events are given. */
  readonly after: string | null;
  readonly appSessionId: string | null;
  readonly maxEvents: number;
}

type Dated<Event> = Event & { readonly eventDate: string };

/**
 * Dates of events: ISO strings that grow by at least a millisecond. A reader asks for what is later than the last
 * date it saw, so two events of one date would lose the second.
 */
export class EventDates {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): string {
    this.#last = Math.max(this.#clock.now(), this.#last + 1);
    return new Date(this.#last).toISOString();
  }
}

/** More than any reader can be behind; a daemon that runs for days must not grow. */
const KEPT_EVENTS = 10_000;

/** A list of dated events that is read by long polls, each reader seeing those of its own session. */
export class Feed<Event extends object> {
  readonly #dates: EventDates;
  readonly #bell = new Bell();
  readonly #events: { readonly session: string | null; readonly at: number; readonly event: Dated<Event> }[] = [];

  constructor(dates: EventDates) {
    this.#dates = dates;
  }

  publish(session: string | null, event: Event): void {
    const eventDate = this.#dates.next();
    this.#events.push({ session, at: Date.parse(eventDate), event: { ...event, eventDate } });
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
    this.#bell.ring();
  }

  async read({ after, appSessionId, maxEvents, ...wait }: FeedQuery): Promise<Dated<Event>[]> {
    const since = after === null ? 0 : Date.parse(after);
    const found = await poll(this.#bell, wait, () => {
      const events = this.#events
        .filter(({ at, session }) => at > since && (appSessionId === null || session === appSessionId))
        .slice(0, maxEvents);
      return events.length > 0 ? events.map(({ event }) => event) : undefined;
    });
    return found ?? [];
  }
}
