import type { GolemNetwork, ResourceRental, ResourceRentalPool, YagnaApi } from '@golem-sdk/golem-js';
import { within } from './deadlines.ts';

/** A provider under an agreement. */
export interface Party {
  readonly agreement: string;
  readonly provider: string;
}

/** A task that is about to be given to the executor, and what it wants of its provider. */
export interface Wish {
  /** Providers that it must not get. */
  readonly avoid: ReadonlySet<string>;
  /** Aborted when nobody waits for the task any more. */
  readonly signal: AbortSignal;
  /** A provider was engaged for the task; it is not ready yet. */
  engaged(party: Party): void;
  failed(error: unknown): void;
}

/** A task that waits for a rental. */
interface Seeker {
  /** False when it avoids the provider, or has found another. */
  takes(rental: ResourceRental): boolean;
}

/**
 * The rentals of one executor: whom each task gets, and the end of each agreement. It stands between task-executor 2.0.1 and
 * the pool of golem-js 3.6.0, for what these two do not do together: the executor passes the pool an object that the pool
 * does not take for a signal, so that a cancelled task keeps waiting and takes a rental that it never gives back; it forgets
 * a rental whose machine does not come up; it keeps a task's place until the invoice is there; its shutdown does not wait for
 * rentals that are being ended; and an activity that cannot be destroyed leaves its agreement open.
 */
export class Rentals {
  readonly #yagna: YagnaApi;
  readonly #excluded: ReadonlySet<string>;
  /** In the order in which the executor takes its tasks, which is the order in which they were given to it. */
  readonly #wishes: Wish[] = [];
  readonly #open = new Set<ResourceRental>();
  readonly #idle = new Set<ResourceRental>();
  /** Acquired for a task that avoids their provider; free for any other, while that task looks on. */
  readonly #held = new Set<ResourceRental>();
  readonly #seekers = new Set<Seeker>();
  readonly #ends = new Set<Promise<void>>();
  #end: (rental: ResourceRental) => Promise<void> = (rental) => rental.stopAndFinalize();
  #draining = false;

  /** @param excluded providers that no task must get, read at every choice */
  constructor(yagna: YagnaApi, excluded: ReadonlySet<string>) {
    this.#yagna = yagna;
    this.#excluded = excluded;
  }

  /** Has all rentals of this network go through here. Must come before the executor is initialized. */
  attach(glm: GolemNetwork): void {
    const create = glm.rental.createResourceRental.bind(glm.rental);
    glm.rental.createResourceRental = (...args) => {
      const rental = create(...args);
      this.#open.add(rental);
      // Not to be aborted: the pool destroys a rental of whose agreement it cannot read the state.
      const fetchState = rental.fetchAgreementState.bind(rental);
      rental.fetchAgreementState = () => fetchState();
      return rental;
    };
    const manyOf = glm.manyOf.bind(glm);
    // Without a minimum, the executor does not wait for a first provider outside of any task.
    glm.manyOf = async ({ poolSize, ...options }) => {
      const max = typeof poolSize === 'number' ? poolSize : (poolSize.max ?? 1);
      return this.#guarded(await manyOf({ ...options, poolSize: { min: 0, max } }));
    };
  }

  /** To be called right before each task is given to the executor, which asks the pool once for each. */
  expect(wish: Wish): void {
    this.#wishes.push(wish);
  }

  /** Ends the provider's rental, unless it is at work: then it ends with that. */
  expel(provider: string): void {
    for (const rental of this.#idle) if (rental.agreement.provider.id === provider) this.#close(rental);
  }

  #guarded(pool: ResourceRentalPool): ResourceRentalPool {
    const acquire = pool.acquire.bind(pool);
    const release = pool.release.bind(pool);
    const drain = pool.drainAndClear.bind(pool);
    this.#end = pool.destroy.bind(pool);
    pool.destroy = async (rental) => this.#close(rental);
    pool.release = async (rental) => {
      if (this.#draining || this.#excluded.has(rental.agreement.provider.id)) return this.#close(rental);
      this.#idle.add(rental);
      await release(rental);
    };
    pool.acquire = async () => {
      const wish = this.#wishes.shift();
      if (!wish) throw new Error('The executor asked for a rental that no task wants.');
      try {
        return await this.#ready(await this.#acquire(pool, acquire, wish), wish);
      } catch (error) {
        wish.failed(error);
        throw error;
      }
    };
    pool.drainAndClear = async () => {
      this.#draining = true;
      await drain();
      for (const rental of this.#open) this.#close(rental);
      while (this.#ends.size > 0) await Promise.all(this.#ends);
    };
    return pool;
  }

  /** A rental that suits the wish. Those that do not are held until one is found: the pool would give them again. */
  async #acquire(
    pool: ResourceRentalPool,
    acquire: ResourceRentalPool['acquire'],
    wish: Wish,
  ): Promise<ResourceRental> {
    const held: ResourceRental[] = [];
    try {
      for (;;) {
        wish.signal.throwIfAborted();
        const rental = await this.#next(pool, acquire, wish);
        this.#idle.delete(rental);
        const { id } = rental.agreement.provider;
        if (this.#draining || this.#excluded.has(id)) {
          this.#close(rental);
        } else if (wish.signal.aborted || wish.avoid.has(id)) {
          if (![...this.#seekers].some((seeker) => seeker.takes(rental))) this.#held.add(rental);
          held.push(rental);
        } else {
          return rental;
        }
      }
    } finally {
      for (const rental of held) if (this.#held.delete(rental)) void pool.release(rental);
    }
  }

  /** What another task holds and this one may have, or what the pool gives, whichever comes first. */
  async #next(pool: ResourceRentalPool, acquire: ResourceRentalPool['acquire'], wish: Wish): Promise<ResourceRental> {
    const held = [...this.#held].find(({ agreement }) => !wish.avoid.has(agreement.provider.id));
    if (held) {
      this.#held.delete(held);
      return held;
    }
    const stop = new AbortController();
    const found = Promise.withResolvers<ResourceRental>();
    const take = (rental: ResourceRental) => {
      if (!this.#seekers.delete(seeker)) return false;
      found.resolve(rental);
      return true;
    };
    const seeker: Seeker = {
      takes: (rental) => !wish.avoid.has(rental.agreement.provider.id) && take(rental),
    };
    this.#seekers.add(seeker);
    acquire(AbortSignal.any([wish.signal, stop.signal])).then((rental) => {
      if (!take(rental)) void pool.release(rental);
    }, found.reject);
    try {
      return await found.promise;
    } finally {
      this.#seekers.delete(seeker);
      stop.abort();
    }
  }

  /** One that does not become ready, or not before nobody waits for it any more, is let go. */
  async #ready(rental: ResourceRental, wish: Wish): Promise<ResourceRental> {
    const { id: agreement, provider } = rental.agreement;
    wish.engaged({ agreement, provider: provider.id });
    try {
      await within({ signal: wish.signal }, rental.getExeUnit());
      return rental;
    } catch (error) {
      this.#close(rental);
      throw error;
    }
  }

  /** Begins to end a rental: its activity, its agreement, its payment. Its place in the pool is free at once. */
  #close(rental: ResourceRental): void {
    this.#open.delete(rental);
    this.#idle.delete(rental);
    const end = this.#end(rental)
      // The pool keeps a failure to itself; asked again, the rental repeats it.
      .then(() => rental.stopAndFinalize())
      .catch(() => this.#terminate(rental.agreement.id))
      .finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }

  /** Refused when it is terminated already. */
  async #terminate(agreement: string): Promise<void> {
    await this.#yagna.market.terminateAgreement(agreement, { message: 'Finished' }).catch(() => {});
  }
}
