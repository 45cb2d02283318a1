import type { Clock } from '../../provider/clock.ts';
import { newUuid } from '../../provider/ids.ts';
import { ApiError } from './errors.ts';

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

const DECIMALS = 12;
const NOISE = 10 ** -DECIMALS;

interface Kept {
  readonly allocation: Omit<Allocation, 'spentAmount' | 'remainingAmount'>;
  spent: number;
  released: boolean;
}

export class Allocations {
  readonly #clock: Clock;
  readonly #requestorId: string;
  readonly #platforms: readonly string[];
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, requestorId: string, platforms: readonly string[]) {
    this.#clock = clock;
    this.#requestorId = requestorId;
    this.#platforms = platforms;
  }

  create(wanted: { totalAmount: string; paymentPlatform: string; timeout?: string | null | undefined }): Allocation {
    const { totalAmount, paymentPlatform, timeout = null } = wanted;
    if (!(Number(totalAmount) >= 0)) throw new ApiError(400, `totalAmount must be a number from 0, not ${totalAmount}`);
    if (!this.#platforms.includes(paymentPlatform)) {
      throw new ApiError(
        400,
        `no provider here is paid by ${paymentPlatform}: use one of ${this.#platforms.join(', ')}`,
      );
    }
    const allocation = {
      allocationId: newUuid(),
      address: this.#requestorId,
      paymentPlatform,
      totalAmount,
      timestamp: new Date(this.#clock.now()).toISOString(),
      timeout,
    };
    const kept = { allocation, spent: 0, released: false };
    this.#kept.set(allocation.allocationId, kept);
    return onTheWire(kept);
  }

  get(id: string): Allocation {
    return onTheWire(this.#usable(id));
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
  spend(id: string, amount: number): void {
    const kept = this.#usable(id);
    if (kept.allocation.timeout !== null && Date.parse(kept.allocation.timeout) <= this.#clock.now()) {
      throw new ApiError(410, `Allocation ${id} expired`);
    }
    const rest = remaining(kept);
    if (amount - rest > NOISE)
      throw new ApiError(400, `Not enough funds. Allocated: ${glm(rest)} Needed: ${glm(amount)}`);
    kept.spent += amount;
  }

  open(): string[] {
    return [...this.#kept.values()]
      .filter(({ released }) => !released)
      .map(({ allocation }) => allocation.allocationId);
  }

  #usable(id: string): Kept {
    const kept = this.#kept.get(id);
    if (!kept) throw new ApiError(404, `no allocation ${id}`);
    if (kept.released) throw new ApiError(410, `Allocation ${id} was released`);
    return kept;
  }
}

function remaining({ allocation, spent }: Kept): number {
  return Number(allocation.totalAmount) - spent;
}

function onTheWire(kept: Kept): Allocation {
  return { ...kept.allocation, spentAmount: glm(kept.spent), remainingAmount: glm(remaining(kept)) };
}

/** GLM as text, to a millionth of a millionth: below that is only the noise of binary fractions. */
export function glm(amount: number): string {
  return amount.toFixed(DECIMALS).replace(/\.?0+$/, '');
}
