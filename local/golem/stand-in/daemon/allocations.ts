import type { Clock } from '../../provider/clock.ts';
import { newUuid } from '../../provider/ids.ts';
import { formatGlm, type Wei } from '../../provider/money.ts';
import { amountOf } from './bills.ts';
import { DaemonError } from './errors.ts';

/** Money that a requestor sets aside. Amounts are GLM as decimal text, as on the wire. */
export interface Allocation {
  readonly allocationId: string;
  readonly address: string;
  readonly paymentPlatform: string;
  readonly totalAmount: string;
  readonly spentAmount: string;
  readonly remainingAmount: string;
  readonly timestamp: string;
  /** ISO date after which nothing can be paid from it. */
  readonly timeout: string | null;
}

interface KnownAllocation {
  readonly allocation: Omit<Allocation, 'spentAmount' | 'remainingAmount'>;
  readonly total: Wei;
  spent: Wei;
  released: boolean;
}

export class Allocations {
  readonly #clock: Clock;
  readonly #requestorId: string;
  readonly #platforms: readonly string[];
  readonly #allocations = new Map<string, KnownAllocation>();

  constructor(clock: Clock, requestorId: string, platforms: readonly string[]) {
    this.#clock = clock;
    this.#requestorId = requestorId;
    this.#platforms = platforms;
  }

  create(wanted: { totalAmount: string; paymentPlatform: string; timeout?: string | null | undefined }): Allocation {
    const { totalAmount, paymentPlatform, timeout = null } = wanted;
    const total = amountOf(totalAmount);
    if (total < 0n) throw new DaemonError('badRequest', `totalAmount must not be negative, but is ${totalAmount}`);
    if (!this.#platforms.includes(paymentPlatform)) {
      const known = this.#platforms.join(', ');
      throw new DaemonError('badRequest', `no provider here is paid by ${paymentPlatform}: use one of ${known}`);
    }
    const allocation = {
      allocationId: newUuid(),
      address: this.#requestorId,
      paymentPlatform,
      totalAmount,
      timestamp: new Date(this.#clock.now()).toISOString(),
      timeout,
    };
    const known = { allocation, total, spent: 0n, released: false };
    this.#allocations.set(allocation.allocationId, known);
    return onTheWire(known);
  }

  get(id: string): Allocation {
    return onTheWire(this.#usable(id));
  }

  /** Those that are not released. */
  all(): Allocation[] {
    return [...this.#allocations.values()].filter(({ released }) => !released).map(onTheWire);
  }

  release(id: string): void {
    this.#usable(id).released = true;
  }

  /** What a demand must say so that providers can be paid from these allocations. */
  decorations(ids: readonly string[]): { properties: { key: string; value: string }[]; constraints: string[] } {
    const addresses = ids.map((id) => {
      const { paymentPlatform, address } = this.#usable(id).allocation;
      return { key: `golem.com.payment.platform.${paymentPlatform}.address`, value: address };
    });
    return {
      properties: [...addresses, { key: 'golem.com.payment.protocol.version', value: '3' }],
      constraints: [...addresses.map(({ key }) => `(${key}=*)`), '(golem.com.payment.protocol.version>1)'],
    };
  }

  /** Takes GLM out; refused when the rest does not suffice, or when the allocation was released or is too old. */
  spend(id: string, amount: Wei): void {
    const known = this.#usable(id);
    const { timeout } = known.allocation;
    if (timeout !== null && Date.parse(timeout) <= this.#clock.now()) {
      throw new DaemonError('gone', `Allocation ${id} expired`);
    }
    const rest = known.total - known.spent;
    if (amount > rest) {
      throw new DaemonError(
        'badRequest',
        `Not enough funds. Allocated: ${formatGlm(rest)} Needed: ${formatGlm(amount)}`,
      );
    }
    known.spent += amount;
  }

  #usable(id: string): KnownAllocation {
    const known = this.#allocations.get(id);
    if (!known) throw new DaemonError('notFound', `no allocation ${id}`);
    if (known.released) throw new DaemonError('gone', `Allocation ${id} was released`);
    return known;
  }
}

function onTheWire({ allocation, total, spent }: KnownAllocation): Allocation {
  return { ...allocation, spentAmount: formatGlm(spent), remainingAmount: formatGlm(total - spent) };
}
