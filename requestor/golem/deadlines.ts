/** How long each stage of the way through Golem may take, ms. */
export interface Deadlines {
  /** To connect to the daemon and publish a demand. */
  readonly connect: number;
  /** From the wish for a provider to its being ready: an offer, an agreement, the image fetched, the machine up. */
  readonly engage: number;
  /** For one chunk on a ready provider: the transfer there, the run, the transfer back. */
  readonly chunk: number;
  /** To end agreements and receive the invoices. */
  readonly shutdown: number;
  /** The same, when the process that wanted the work is gone. */
  readonly orphan: number;
  /** A family process says that it is alive this often. */
  readonly heartbeat: number;
  /** After this long without a word from it, it is killed. */
  readonly silence: number;
  /** To end and pay, at the run's end, what family processes left behind. */
  readonly reconcile: number;
  /** A family process takes no new work after this: its demand is near its end then, and no provider would sign. */
  readonly familyAge: number;
  /** What a family process may take over the sum of its own deadlines before it is killed. */
  readonly grace: number;
}

/** Together far below a lease (15 min), also when a chunk has to be engaged for anew. */
export const defaultDeadlines: Deadlines = {
  connect: 20_000,
  engage: 180_000,
  chunk: 120_000,
  shutdown: 15_000,
  orphan: 5_000,
  heartbeat: 2_000,
  silence: 20_000,
  reconcile: 10_000,
  familyAge: 20 * 60_000,
  grace: 10_000,
};

/** What a family process may take for one job. */
export function jobDeadline({ connect, engage, chunk, grace }: Deadlines): number {
  return connect + engage + chunk + grace;
}

/** What may end a wait before the work ends. */
export interface Limit {
  readonly ms?: number;
  /** What to reject with when the time is up. */
  readonly late?: () => Error;
  /** Rejects with its reason, also when it was aborted before the wait began. */
  readonly signal?: AbortSignal;
}

/** What `work` gives, unless a limit comes first. The work itself goes on then; whoever began it must end it. */
export async function within<T>({ ms, late, signal }: Limit, work: Promise<T>): Promise<T> {
  const cut = Promise.withResolvers<never>();
  const timer = ms === undefined ? undefined : setTimeout(() => cut.reject(late?.() ?? new Error('Too late.')), ms);
  const onAbort = () => cut.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([cut.promise, work]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
