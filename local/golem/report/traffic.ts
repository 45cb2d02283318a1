import type { FoundCall } from '../calls.ts';

export interface Seen {
  /** Bus addresses that requestors still publish. */
  readonly services: readonly string[];
  readonly sockets: number;
  readonly doublyPaid: readonly string[];
}

/** What goes through in front of a daemon and cannot be asked for later. */
export class Traffic {
  readonly #services = new Set<string>();
  readonly #accepted = new Set<string>();
  readonly #acceptedTwice = new Set<string>();
  #sockets = 0;

  answered({ name, params }: FoundCall, body: unknown, status: number): void {
    if (status >= 300) return;
    const { invoice = '', service = '' } = params;
    if (name === 'acceptInvoice') (this.#accepted.has(invoice) ? this.#acceptedTwice : this.#accepted).add(invoice);
    if (name === 'createService') this.#services.add(String((body as { listen: { on: unknown } }).listen.on));
    if (name === 'deleteService') this.#services.delete(Buffer.from(service, 'base64url').toString());
  }

  sockets(open: number): void {
    this.#sockets = open;
  }

  seen(): Seen {
    return { services: [...this.#services], sockets: this.#sockets, doublyPaid: [...this.#acceptedTwice] };
  }
}
