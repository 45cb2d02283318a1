/** Why the daemon refuses a call; the message goes to the requestor as yagna words it. */
export type Refused = 'badRequest' | 'notFound' | 'timeout' | 'conflict' | 'gone' | 'unheard';

/** A call that the daemon refuses. `unheard`: the provider's end of the bus is gone. */
export class DaemonError extends Error {
  readonly kind: Refused;

  constructor(kind: Refused, message: string) {
    super(message);
    this.kind = kind;
  }
}
